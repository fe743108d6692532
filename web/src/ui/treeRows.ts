import { type JsonNode, pathStep } from "@/lib/jsonTokens";

// A row of the tree: a member or item with its value, or a range of very many of them.
export interface TreeRow {
  readonly value: string;
  // Where it is, as JSONPath says it; a range has none.
  readonly path?: string;
  readonly name?: string;
  readonly node?: JsonNode;
  readonly range?: readonly [first: number, last: number];
  readonly children?: readonly TreeRow[];
}

// What is longer is shown in ranges, so that opening it does not stop the page.
export const rangeSize = 200;

// rowsOf are the members or items of a node; undefined for what has none.
export function rowsOf(node: JsonNode, value = "$", path = "$"): readonly TreeRow[] | undefined {
  if (node.kind === "object") {
    // A key may occur twice: the place tells such members apart.
    const rows = node.members.map((m, i) => {
      const step = pathStep(m.key);
      return rowOf(`${value}${step}#${i}`, `${path}${step}`, m.value, m.rawKey);
    });
    return inRanges(rows, value);
  }
  if (node.kind !== "array") return undefined;
  const rows = node.items.map((item, i) => rowOf(`${value}[${i}]`, `${path}[${i}]`, item, String(i)));
  return inRanges(rows, value);
}

export function rowOf(value: string, path: string, node: JsonNode, name?: string): TreeRow {
  const children = rowsOf(node, value, path);
  return {
    value,
    path,
    node,
    ...(name === undefined ? {} : { name }),
    ...(children && children.length > 0 ? { children } : {}),
  };
}

function inRanges(rows: readonly TreeRow[], path: string, first = 0, size = rangeSize): readonly TreeRow[] {
  if (rows.length <= rangeSize) return rows;
  const ranges: TreeRow[] = [];
  for (let at = 0; at < rows.length; at += rangeSize) {
    const children = rows.slice(at, at + rangeSize);
    const begin = first + at * (size / rangeSize);
    const range = [begin, begin + countOf(children) - 1] as const;
    ranges.push({ value: `${path}…${size}…${begin}`, range, children });
  }
  return inRanges(ranges, path, first, size * rangeSize);
}

// How many members or items stand behind rows.
const countOf = (rows: readonly TreeRow[]): number =>
  rows.reduce((sum, row) => sum + (row.range ? row.range[1] - row.range[0] + 1 : 1), 0);

// opened are the rows to open, level by level, as long as no more than `most` rows are
// shown and not deeper than `depth`.
export function opened(rows: readonly TreeRow[], most: number, depth = Number.POSITIVE_INFINITY): string[] {
  const values: string[] = [];
  let shown = rows.length;
  let level = rows;
  for (let deep = 0; deep < depth && level.length > 0; deep++) {
    const next: TreeRow[] = [];
    for (const { value, children } of level) {
      if (!children || shown + children.length > most) continue;
      shown += children.length;
      values.push(value);
      next.push(...children);
    }
    level = next;
  }
  return values;
}
