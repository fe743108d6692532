import { JsonSyntaxError, parseJson, placeOf } from "@/lib/jsonTokens";
import { json } from "@/texts/common";
import { emit } from "@/texts/events";

interface Read {
  readonly value?: Record<string, unknown> | boolean;
  readonly problem?: string;
}

// readSchema reads what was typed as a JSON Schema; nothing is no schema. Whether it
// is a good one is for the server to say.
export function readSchema(text: string): Read {
  if (text.trim() === "") return {};
  try {
    const kind = parseJson(text).kind;
    if (kind !== "object" && kind !== "boolean") return { problem: emit.notObject };
    return { value: JSON.parse(text) as Record<string, unknown> | boolean };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column } = placeOf(text, error.offset);
    return { problem: `${emit.notJson}. ${json.line(line, column, error.message)}` };
  }
}
