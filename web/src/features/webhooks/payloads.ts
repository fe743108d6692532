import { isObject } from "@/lib/apiError";
import { JsonSyntaxError, parseJson, placeOf, tryParseJson } from "@/lib/jsonTokens";
import { createSavedStore } from "@/lib/store";
import { json as texts } from "@/texts/common";

export type Payloads = Readonly<Record<string, string>>;

// The payloads that somebody wants to keep in this browser, as JSON.
const kept = createSavedStore<string>("tidings.payloads", "{}", (text) => text);

export function keptPayloads(): Payloads {
  try {
    const value: unknown = JSON.parse(kept.get());
    if (!isObject(value)) return {};
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return {};
  }
}

export const keepPayloads = (payloads: Payloads): void => kept.set(JSON.stringify(payloads));

// payloadProblem says where a text is no JSON object.
export function payloadProblem(text: string): string | undefined {
  try {
    return parseJson(text).kind === "object" ? undefined : texts.notObject;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) return texts.notObject;
    const { line, column } = placeOf(text, error.offset);
    return texts.line(line, column, error.message);
  }
}

// complete adds what every event carries and the text lacks: createdAt and hookId, as
// its last members. Everything else stays as it stands.
export function complete(text: string, webhook: string, now: Date): string {
  const node = tryParseJson(text);
  if (node?.kind !== "object") return text;
  const lacks = (name: string) => !node.members.some((member) => member.key === name);
  const added = [
    ...(lacks("createdAt") ? [`"createdAt":"${now.toISOString()}"`] : []),
    ...(lacks("hookId") ? [`"hookId":${JSON.stringify(webhook)}`] : []),
  ];
  const end = text.lastIndexOf("}");
  const inner = text.slice(0, end).trimEnd();
  return inner + (node.members.length > 0 && added.length > 0 ? "," : "") + added.join(",") + text.slice(end);
}
