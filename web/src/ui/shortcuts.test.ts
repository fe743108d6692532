import { expect, it } from "vitest";
import { shortcuts } from "@/texts/shortcuts";
import { createMatcher, sequenceMs, shortcutKeys } from "./shortcuts";

const press = (key: string, more: KeyboardEventInit = {}) => new KeyboardEvent("keydown", { key, ...more });

it("knows single letters, sequences and keys with Ctrl or Command", () => {
  const match = createMatcher(() => true);
  expect(match(press("c"), 0)).toBe("create");
  expect(match(press("g"), 0)).toBeUndefined();
  expect(match(press("w"), 10)).toBe("webhooks");
  expect(match(press("w"), 20)).toBeUndefined();
  expect(match(press("k", { ctrlKey: true }), 0)).toBe("palette");
  expect(match(press("K", { metaKey: true }), 0)).toBe("palette");
  expect(match(press("k"), 0)).toBe("previous");
});

it("forgets the first letter of a sequence", () => {
  const match = createMatcher(() => true);
  match(press("g"), 0);
  expect(match(press("o"), sequenceMs + 1)).toBeUndefined();
});

it("leaves letters to who types, but not Ctrl+K", () => {
  const match = createMatcher(() => false);
  expect(match(press("c"), 0)).toBeUndefined();
  expect(match(press("k", { ctrlKey: true }), 0)).toBe("palette");
});

it("has a text and no key twice", () => {
  const keys = Object.values(shortcutKeys).flat();
  expect(new Set(keys).size).toBe(keys.length);
  expect(Object.keys(shortcutKeys)).toEqual(Object.keys(shortcuts.actions));
});

it("has none that sends traffic or takes the space bar", () => {
  const keys = Object.values(shortcutKeys).flat();
  for (const key of ["r", "t", "x", " "]) expect(keys).not.toContain(key);
});
