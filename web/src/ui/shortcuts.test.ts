import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { shortcuts } from "@/texts/shortcuts";
import { lettersAllowed } from "./letters";
import { preferences } from "./preferences";
import { createMatcher, type Handlers, type ShortcutName, sequenceMs, shortcutKeys, useShortcuts } from "./shortcuts";

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

it("tells g e from e, and knows brackets that are typed with AltGr", () => {
  const match = createMatcher(() => true);
  expect(match(press("e"), 0)).toBe("edit");
  match(press("g"), 10);
  expect(match(press("e"), 20)).toBe("events");
  const typed = press("[", { ctrlKey: true, altKey: true, modifierAltGraph: true });
  expect(createMatcher(lettersAllowed)(typed, 0)).toBe("previousAttempt");
  expect(createMatcher(lettersAllowed)(press("[", { ctrlKey: true }), 0)).toBeUndefined();
});

it("leaves the arrows where single letters are switched off", () => {
  preferences.shortcuts.set("off");
  const match = createMatcher();
  expect(match(press("j"), 0)).toBeUndefined();
  expect(match(press("ArrowDown"), 0)).toBe("next");
  preferences.shortcuts.set("on");
});

it("listens only as long as there is something to do", () => {
  const listened = vi.spyOn(document, "addEventListener");
  const keydowns = () => listened.mock.calls.filter(([type]) => type === "keydown").length;
  const nothing: Handlers = {};
  const { rerender } = renderHook(useShortcuts, { initialProps: nothing });
  expect(keydowns()).toBe(0);
  const curl = vi.fn(() => true);
  rerender({ curl });
  rerender({ curl });
  expect(keydowns()).toBe(1);
  document.dispatchEvent(press("y"));
  rerender(nothing);
  document.dispatchEvent(press("y"));
  expect(curl).toHaveBeenCalledOnce();
  listened.mockRestore();
});

it("is what the documentation lists", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/operating.md"), "utf8");
  const [, table = ""] = page.split("| Key | Action |\n|---|---|\n");
  const listed = table.split("\n\n")[0]?.trim().split("\n");
  const word = (keys: string) =>
    keys
      .split(" ")
      .map((key) => `\`${(documented[key] ?? key).replace("mod+", "Ctrl ")}\``)
      .join(" ");
  expect(listed).toEqual(
    Object.entries(shortcutKeys).map(
      ([name, keys]) => `| ${keys.map(word).join(" or ")} | ${shortcuts.actions[name as ShortcutName]} |`,
    ),
  );
});

const documented: Record<string, string> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowRight: "→",
  ArrowLeft: "←",
  Escape: "Esc",
  "mod+k": "mod+K",
  "mod+s": "mod+S",
};

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
