import { describe, expect, it } from "vitest";
import { parseJson } from "@/lib/jsonTokens";
import { opened, rangeSize, rowsOf, type TreeRow } from "./treeRows";

const rows = (text: string) => rowsOf(parseJson(text)) ?? [];
const all = (list: readonly TreeRow[]): TreeRow[] => list.flatMap((row) => [row, ...all(row.children ?? [])]);

describe("rowsOf", () => {
  it("keeps members in their order, also those that occur twice", () => {
    const found = rows('{"b":1,"a":2,"b":3}');
    expect(found.map((row) => row.name)).toEqual(['"b"', '"a"', '"b"']);
    expect(new Set(found.map((row) => row.value)).size).toBe(3);
  });

  it.each([rangeSize + 1, 60_000])("shows %i items in ranges that hold each of them once", (n) => {
    const found = rows(JSON.stringify(Array.from({ length: n }, (_, i) => i)));
    expect(found.length).toBeLessThanOrEqual(rangeSize);
    const leaves = all(found).filter((row) => row.node);
    expect(leaves.map((row) => row.name)).toEqual(Array.from({ length: n }, (_, i) => String(i)));
    expect(new Set(all(found).map((row) => row.value)).size).toBe(all(found).length);
    for (const { range, children = [] } of all(found)) {
      if (!range) continue;
      const inside = all(children).filter((row) => row.node);
      expect([inside[0]?.name, inside.at(-1)?.name]).toEqual(range.map(String));
      expect(children.length).toBeLessThanOrEqual(rangeSize);
    }
  });
});

describe("opened", () => {
  it("opens level by level", () => {
    const found = rows('{"a":{"b":{"c":1}},"d":[1,2]}');
    expect(opened(found, 100, 1)).toHaveLength(2);
    expect(opened(found, 100)).toHaveLength(3);
  });

  it("leaves closed what would be too much", () => {
    const found = rows(`{"long":[${"1,".repeat(150)}1],"short":[1]}`);
    expect(opened(found, 100)).toEqual([found[1]?.value]);
  });
});
