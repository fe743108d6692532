import { describe, expect, it } from "vitest";
import { headers as texts } from "@/texts/webhooks";
import { bodyOf, changedHeaders, checkHeaders, type HeaderRow, pasted, rowsOf, soundsSecret } from "./headerRules";

const row = (name: string, value = "v", more: Partial<HeaderRow> = {}): HeaderRow => ({
  key: name,
  name,
  value,
  locked: false,
  ...more,
});
const stored = [
  { name: "Authorization", locked: true, updatedAt: "2026-11-03T00:00:00Z" },
  { name: "x-env", locked: false, value: "production", updatedAt: "2026-11-03T00:00:00Z" },
];

describe("names", () => {
  it.each([
    ["x-token", undefined],
    ["bad name", texts.badName],
    ["bad(name", texts.badName],
    ["", texts.missingName],
    ["Host", texts.reserved],
    ["X-Forwarded-For", texts.reserved],
    ["WEBHOOK-ID", texts.reserved],
    ["Logto-Signature-SHA-256", texts.reserved],
  ])("%s", (name, want) => {
    expect(checkHeaders([row(name)]).get(name)?.name).toBe(want);
  });

  it("are compared without case, and the later row says which is the first", () => {
    const found = checkHeaders([row("a"), { ...row("x-team"), key: "1" }, { ...row("X-Team"), key: "2" }]);
    expect([...found]).toEqual([["2", { name: texts.duplicate(2) }]]);
  });

  it("are checked whether or not there is a value", () => {
    expect(checkHeaders([row("bad name", "")]).get("bad name")?.name).toBe(texts.badName);
  });
});

describe("values", () => {
  it("are printable ASCII", () => {
    const values = ["é", "a\nb", "a".repeat(4097), ""];
    expect(values.map((value) => checkHeaders([row("a", value)]).get("a")?.value)).toEqual([
      texts.badValue,
      texts.badValue,
      texts.badValue,
      texts.missingValue,
    ]);
  });

  it("of locked headers may stay empty, and are needed to unlock or rename them", () => {
    const [locked] = rowsOf(stored);
    if (!locked) throw new Error("no row");
    expect(checkHeaders([locked]).size).toBe(0);
    expect(checkHeaders([{ ...locked, locked: false }]).get(locked.key)?.value).toBe(texts.unlock);
    expect(checkHeaders([{ ...locked, name: "other" }]).get(locked.key)?.value).toBe(texts.missingValue);
  });
});

it("sends no value for a locked header that keeps it", () => {
  const rows = rowsOf(stored);
  expect(bodyOf(rows)).toEqual([
    { name: "Authorization", locked: true },
    { name: "x-env", locked: false, value: "production" },
  ]);
});

it("counts what differs", () => {
  const rows = rowsOf(stored);
  expect(changedHeaders(rows, stored)).toBe(0);
  expect(changedHeaders(rows.slice(1), stored)).toBe(1);
  expect(changedHeaders([...rows, row("new")], stored)).toBe(1);
  expect(
    changedHeaders(
      rows.map((r) => ({ ...r, value: "x" })),
      stored,
    ),
  ).toBe(2);
});

it("reads lines that are pasted", () => {
  expect(pasted("Authorization: Bearer a:b\nX-Env:  prod \n")).toEqual([
    { name: "Authorization", value: "Bearer a:b" },
    { name: "X-Env", value: "prod" },
  ]);
  expect(pasted("just-a-name")).toBeUndefined();
});

it("proposes to lock what sounds secret", () => {
  expect(["Authorization", "X-Api-Key", "cookie", "x-env"].map(soundsSecret)).toEqual([true, true, true, false]);
});
