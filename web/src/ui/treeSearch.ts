import type { JsonNode } from "@/lib/jsonTokens";
import type { TreeRow } from "./treeRows";

export interface Hit {
  readonly value: string;
  // The rows around it, which have to be open for it to be seen.
  readonly around: readonly string[];
}

// More hits are not worth walking through.
export const mostHits = 1_000;

// findRows are the rows whose name or value holds a text, in their order. Capitals do
// not matter.
export function findRows(rows: readonly TreeRow[], text: string): readonly Hit[] {
  const hits: Hit[] = [];
  const wanted = text.toLowerCase();
  if (wanted !== "") look(rows, wanted, [], hits);
  return hits;
}

function look(rows: readonly TreeRow[], wanted: string, around: readonly string[], hits: Hit[]): void {
  for (const row of rows) {
    if (hits.length >= mostHits) return;
    if (textsOf(row).some((text) => text.toLowerCase().includes(wanted))) hits.push({ value: row.value, around });
    if (row.children) look(row.children, wanted, [...around, row.value], hits);
  }
}

// What a row shows: a key or place, and the text of a value that is no list.
function textsOf({ name, node }: TreeRow): string[] {
  const raw = node && "raw" in node ? node.raw : undefined;
  return [name, raw].filter((text) => text !== undefined);
}

// rowAt is the row of a value. Its place is told by those around it.
export function rowAt(rows: readonly TreeRow[], value: string): TreeRow | undefined {
  for (const row of rows) {
    if (row.value === value) return row;
    const inside = row.children && (row.range || value.startsWith(row.value)) ? rowAt(row.children, value) : undefined;
    if (inside) return inside;
  }
  return undefined;
}

// said is a row as it is read out: "sequence: 9007199254740993, number".
export function said({ name, node }: TreeRow, summary: (node: JsonNode) => string): string | undefined {
  if (!node) return undefined;
  const key = name === undefined ? "" : `${name.replace(/^"(.*)"$/s, "$1")}: `;
  const value = "raw" in node ? node.raw.slice(0, 200) : summary(node);
  return `${key}${value}, ${node.kind}`;
}
