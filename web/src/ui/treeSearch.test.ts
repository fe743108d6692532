import { describe, expect, it } from "vitest";
import { parseJson } from "@/lib/jsonTokens";
import { rowsOf } from "./treeRows";
import { findRows, mostHits, rowAt, said } from "./treeSearch";

const rows = (text: string) => rowsOf(parseJson(text)) ?? [];

describe("findRows", () => {
  it("finds names and values in their order, with what is around them", () => {
    const all = rows('{"a":{"Mail":"x@EXAMPLE.com"},"mail":[1,{"b":"e-mail"}]}');
    const found = findRows(all, "mail").map(({ value, around }) => [rowAt(all, value)?.path, around.length]);
    expect(found).toEqual([
      ["$.a.Mail", 1],
      ["$.mail", 0],
      ["$.mail[1].b", 2],
    ]);
    expect(findRows(all, "example")).toHaveLength(1);
    expect(findRows(all, "")).toEqual([]);
  });

  it("finds what is in a range of very many, and stops at some number", () => {
    const all = rows(JSON.stringify(Array.from({ length: 5_000 }, (_, i) => `item ${i}`)));
    const [hit] = findRows(all, "item 4321");
    expect(hit?.around).toHaveLength(1);
    expect(rowAt(all, hit?.value ?? "")?.path).toBe("$[4321]");
    expect(findRows(all, "item")).toHaveLength(mostHits);
  });
});

it("says key, digits and kind", () => {
  const summary = () => "2 items";
  const [sequence, list, text] = rows('{"sequence":9007199254740993,"list":[1,2],"t":"a\\"b"}');
  expect(sequence && said(sequence, summary)).toBe("sequence: 9007199254740993, number");
  expect(list && said(list, summary)).toBe("list: 2 items, array");
  expect(text && said(text, summary)).toBe('t: "a\\"b", string');
});
