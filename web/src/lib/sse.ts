// One message of an event stream.
export interface ServerMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export type Feed = (chunk: string) => ServerMessage[];

// createParser reads text/event-stream as it arrives, in pieces of any size.
export function createParser(): Feed {
  let rest = "";
  let id = "";
  let event = "";
  let data: string[] = [];

  function line(text: string): ServerMessage | undefined {
    if (text === "") {
      const message = data.length > 0 ? { id, event: event || "message", data: data.join("\n") } : undefined;
      event = "";
      data = [];
      return message;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
    else if (field === "id" && !value.includes("\0")) id = value;
    return undefined;
  }

  return (chunk) => {
    const messages: ServerMessage[] = [];
    rest += chunk;
    // A carriage return at the very end may be half of a line break.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const text of lines) {
      const message = line(text);
      if (message) messages.push(message);
    }
    return messages;
  };
}
