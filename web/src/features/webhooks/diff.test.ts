import { expect, it } from "vitest";
import { headers as texts } from "@/texts/webhooks";
import { differences } from "./diff";
import { rowsOf } from "./headerRules";
import { webhook } from "./testdata";
import { changesOf, type Draft } from "./useSettings";

const plain = (name: string, value: string) => ({ name, value, locked: false, updatedAt: "2026-11-03T00:00:00Z" });
const lock = (updatedAt: string) => ({ name: "Authorization", locked: true, updatedAt });
const first = lock("2026-11-03T00:00:00Z");

// What a person who changed a part of a webhook is shown when it is saved as another.
function shown(part: Partial<Draft>, current: Parameters<typeof webhook>[0], base = webhook()) {
  const draft = { ...base, headers: rowsOf(base.headers), ...part };
  const { body } = changesOf(draft, { webhook: base, etag: "" });
  return differences(body, draft.headers, webhook(current)).map(({ field, yours, theirs }) => [field, yours, theirs]);
}

it("leaves out what only somebody else has changed", () => {
  const theirs = { eventTypes: ["User.Deleted"], url: "https://new.example.com/", enabled: false };
  expect(shown({ name: "Mine" }, theirs)).toEqual([["Name", "Mine", "Billing sync"]]);
  expect(shown({ name: "Mine" }, { headers: [plain("X-Theirs", "1")] })).toEqual([["Name", "Mine", "Billing sync"]]);
});

it("has what both have changed, unless both did the same", () => {
  expect(shown({ name: "Mine" }, { name: "Theirs" })).toEqual([["Name", "Mine", "Theirs"]]);
  expect(shown({ name: "Same" }, { name: "Same" })).toEqual([]);
  expect(shown({ eventTypes: ["b", "a"] }, { eventTypes: ["a", "b"] })).toEqual([]);
});

it("has the headers that go with one's own", () => {
  const mine = [...rowsOf([first]), { key: "new", name: "X-Mine", value: "1", locked: false }];
  expect(shown({ headers: mine }, { headers: [first, plain("X-Theirs", "2")] })).toEqual([
    [`${texts.title}: x-mine`, "1", "–"],
    [`${texts.title}: x-theirs`, "–", "2"],
  ]);
});

it("leaves out a locked value that the server keeps, also a newer one", () => {
  const mine = [...rowsOf([first]), { key: "new", name: "X-Mine", value: "1", locked: false }];
  expect(shown({ headers: mine }, { headers: [lock("2026-11-20T00:00:00Z")] })).toEqual([
    [`${texts.title}: x-mine`, "1", "–"],
  ]);
});
