import { JsonSyntaxError, parseJson, placeOf, printJson } from "@/lib/jsonTokens";
import { json } from "@/texts/common";
import { emit as texts } from "@/texts/events";

// prettyPayload is the sample of an event type, laid out to be read and changed; digits
// and order are those of the sample.
export function prettyPayload(example: string | undefined, type: string): string {
  const text = example || JSON.stringify({ event: type, data: {} });
  try {
    return printJson(parseJson(text));
  } catch {
    return text;
  }
}

// payloadProblem is why the text cannot be an event of the type, if it cannot.
export function payloadProblem(text: string, type: string): string | undefined {
  try {
    const node = parseJson(text);
    if (node.kind !== "object") return texts.notObject;
    const event = node.members.find((member) => member.key === "event");
    if (event?.value.kind !== "string" || event.value.value !== type) return texts.wrongType(type);
    return undefined;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column } = placeOf(text, error.offset);
    return `${texts.notJson}. ${json.line(line, column, error.message)}`;
  }
}
