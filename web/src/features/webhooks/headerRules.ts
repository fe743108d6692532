import type { HeaderBody, WebhookHeader } from "@/api/webhooks";
import { headers as texts } from "@/texts/webhooks";

// A custom header as it is edited.
export interface HeaderRow {
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly locked: boolean;
  // When the server got the value that it keeps; undefined for new headers.
  readonly stored?: {
    readonly name: string;
    readonly locked: boolean;
    readonly value: string;
    readonly updatedAt: string;
  };
  // The stored value was given for another host and is not sent.
  readonly withheld?: boolean;
  // A person decided about the lock; it is not proposed any more.
  readonly decided?: boolean;
}

export interface HeaderProblem {
  readonly name?: string;
  readonly value?: string;
}

export const maxHeaders = 50;
const reserved = new Set(
  "logto-signature-sha-256 webhook-id webhook-timestamp webhook-signature tidings-test host content-length connection transfer-encoding te trailer upgrade expect keep-alive via forwarded content-encoding accept-encoding http2-settings alt-used cookie2".split(
    " ",
  ),
);

const isReserved = (name: string): boolean => reserved.has(name) || /^(?:proxy-|x-forwarded-|sec-)/.test(name);
const isToken = (name: string): boolean => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/.test(name);
const isValue = (value: string): boolean => /^[\t\x20-\x7e]{0,4096}$/.test(value);

// soundsSecret says whether a header of this name is likely to hold a credential.
export const soundsSecret = (name: string): boolean => /auth|token|key|secret|cookie|password/i.test(name);

export const rowsOf = (headers: readonly WebhookHeader[]): HeaderRow[] =>
  headers.map((h, i) => ({
    key: `${i}:${h.name}`,
    name: h.name,
    value: h.value ?? "",
    locked: h.locked,
    stored: { name: h.name, locked: h.locked, value: h.value ?? "", updatedAt: h.updatedAt },
    withheld: h.withheld ?? false,
    decided: true,
  }));

// keepsValue says whether the server has a value for the row that an empty field keeps.
export const keepsValue = (row: HeaderRow): boolean =>
  row.stored?.locked === true && row.locked && row.stored.name.toLowerCase() === row.name.trim().toLowerCase();

// checkHeaders is the mistakes by row; a row that was not touched has none.
export function checkHeaders(rows: readonly HeaderRow[]): ReadonlyMap<string, HeaderProblem> {
  const problems = new Map<string, HeaderProblem>();
  for (const [i, row] of rows.entries()) {
    const name = nameProblem(rows, i);
    const value = valueProblem(row);
    if (name || value) problems.set(row.key, { ...(name ? { name } : {}), ...(value ? { value } : {}) });
  }
  return problems;
}

function nameProblem(rows: readonly HeaderRow[], at: number): string | undefined {
  const name = rows[at]?.name.trim().toLowerCase() ?? "";
  if (name === "") return texts.missingName;
  if (!isToken(name)) return texts.badName;
  if (isReserved(name)) return texts.reserved;
  const first = rows.findIndex((row) => row.name.trim().toLowerCase() === name);
  return first < at ? texts.duplicate(first + 1) : undefined;
}

function valueProblem(row: HeaderRow): string | undefined {
  if (row.value !== "") return isValue(row.value) ? undefined : texts.badValue;
  if (keepsValue(row)) return undefined;
  if (row.stored?.locked && !row.locked) return texts.unlock;
  return row.stored && !row.stored.locked && row.stored.value === "" ? undefined : texts.missingValue;
}

// bodyOf is what is sent: locked headers without a new value are named only.
export const bodyOf = (rows: readonly HeaderRow[]): HeaderBody[] =>
  rows.map((row) => ({
    name: row.name.trim(),
    locked: row.locked,
    ...(row.value === "" && keepsValue(row) ? {} : { value: row.value }),
  }));

// changedHeaders counts the rows that differ from what is stored, and those removed.
export function changedHeaders(rows: readonly HeaderRow[], stored: readonly WebhookHeader[]): number {
  const changed = rows.filter((row) => {
    const s = row.stored;
    return !s || s.name !== row.name.trim() || s.locked !== row.locked || s.value !== row.value;
  });
  const kept = new Set(rows.flatMap((row) => (row.stored ? [row.stored.name] : [])));
  return changed.length + stored.filter((h) => !kept.has(h.name)).length;
}

// pasted reads lines of "Key: value"; undefined if the text is something else.
export function pasted(text: string): { name: string; value: string }[] | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const pairs = lines.map((line) => /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line));
  if (pairs.length === 0 || pairs.some((pair) => !pair)) return undefined;
  return pairs.flatMap((pair) => (pair ? [{ name: pair[1] ?? "", value: pair[2] ?? "" }] : []));
}
