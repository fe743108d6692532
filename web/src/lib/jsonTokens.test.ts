import { describe, expect, it } from "vitest";
import { JsonSyntaxError, parseJson, pathStep, placeOf, printJson, tryParseJson } from "./jsonTokens";

const exact = '{"b":9007199254740993,"a":1e400,"n":-0.10,"b":"\\u00e9\\/","2":[true,false,null,{}],"":[]}';

it("keeps digits, order, doubles and escapes", () => {
  const node = parseJson(exact);
  expect(printJson(node)).toBe(
    '{\n  "b": 9007199254740993,\n  "a": 1e400,\n  "n": -0.10,\n  "b": "\\u00e9\\/",\n  "2": [\n    true,\n    false,\n    null,\n    {}\n  ],\n  "": []\n}',
  );
  expect(printJson(parseJson(printJson(node)))).toBe(printJson(node));
});

it("knows what a string means", () => {
  expect(parseJson('"\\u00e9\\n\\"<script>"')).toEqual({
    kind: "string",
    raw: '"\\u00e9\\n\\"<script>"',
    value: 'é\n"<script>',
  });
});

describe("refuses what JSON.parse refuses", () => {
  const wrong = [
    "",
    "{",
    "[1,]",
    "{a:1}",
    '{"a"}',
    "01",
    "+1",
    ".5",
    "1.",
    '"a\nb"',
    '"\\x"',
    "nul",
    "1 2",
    "[1}",
    "NaN",
    "\u00a01",
  ];
  it.each(wrong)("%j", (text) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(() => parseJson(text)).toThrow(JsonSyntaxError);
  });
});

it("agrees with JSON.parse about everything else", () => {
  for (const text of ["0", "-1.5e+3", ' [ 1 , "a" ] ', '{"a":{"b":[]}}', "true", '"\u2028"', '"\ud800"']) {
    expect(JSON.parse(printJson(parseJson(text)))).toEqual(JSON.parse(text));
  }
});

it("does not overflow", () => {
  expect(tryParseJson("[".repeat(100_000))).toBeUndefined();
});

it("says where the mistake is", () => {
  const text = '{\n  "a": 1,\n  b: 2\n}';
  try {
    parseJson(text);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(JsonSyntaxError);
    expect(placeOf(text, (error as JsonSyntaxError).offset)).toEqual({ line: 3, column: 3 });
  }
});

it("reads 5 MB quickly enough to be usable", () => {
  const text = `[${Array.from({ length: 60_000 }, (_, i) => `{"id":${i},"name":"person ${i}","ok":true,"x":[1,2,3]}`).join(",")}]`;
  expect(parseJson(text).kind).toBe("array");
});

it("writes paths", () => {
  expect(["a", "a b", "0x", 3].map(pathStep).join("")).toBe('.a["a b"]["0x"][3]');
});
