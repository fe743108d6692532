import { useEffect, useRef } from "react";
import type { shortcuts } from "@/texts/shortcuts";
import { lettersAllowed } from "./letters";

export type ShortcutName = keyof typeof shortcuts.actions;

// Every shortcut of the console. The sheet is made from this table, and the handlers
// ask it. "mod" is Ctrl, or Command on a Mac; two letters are typed one after the other.
export const shortcutKeys: Readonly<Record<ShortcutName, readonly string[]>> = {
  palette: ["mod+k"],
  sheet: ["?"],
  search: ["/"],
  create: ["c"],
  overview: ["g o"],
  webhooks: ["g w"],
  requests: ["g r"],
  events: ["g e"],
  live: ["l"],
  next: ["j", "ArrowDown"],
  previous: ["k", "ArrowUp"],
  open: ["Enter"],
  expand: ["ArrowRight"],
  collapse: ["ArrowLeft"],
  previousAttempt: ["["],
  nextAttempt: ["]"],
  curl: ["y"],
  edit: ["e"],
  submit: ["mod+Enter"],
  save: ["mod+s"],
  close: ["Escape"],
};

// How long the second letter of a sequence may take.
export const sequenceMs = 1_000;

// createMatcher tells which shortcut an event completes. It remembers the first letter
// of a sequence.
export function createMatcher(allowed: (event: KeyboardEvent) => boolean = lettersAllowed) {
  let first: { key: string; at: number } | undefined;
  return (event: KeyboardEvent, now: number): ShortcutName | undefined => {
    const mod = (event.ctrlKey || event.metaKey) && !event.getModifierState("AltGraph");
    if (mod) return named(`mod+${event.key.length === 1 ? event.key.toLowerCase() : event.key}`);
    if (event.key === "Shift" || event.key === "AltGraph" || !allowed(event)) return undefined;
    const before = first && now - first.at <= sequenceMs ? first.key : undefined;
    first = undefined;
    const found = (before && named(`${before} ${event.key}`)) || named(event.key);
    if (!found && begins(event.key)) first = { key: event.key, at: now };
    return found;
  };
}

const entries = Object.entries(shortcutKeys) as [ShortcutName, readonly string[]][];

const named = (keys: string): ShortcutName | undefined => entries.find(([, all]) => all.includes(keys))?.[0];
const begins = (key: string): boolean => entries.some(([, all]) => all.some((keys) => keys.startsWith(`${key} `)));

// What a shortcut does, and whether it did.
export type Handlers = Partial<Record<ShortcutName, (event: KeyboardEvent) => boolean>>;

// useShortcuts handles shortcuts while a component is there. The first that does
// something with a key keeps it from the others.
export function useShortcuts(handlers: Handlers): void {
  const newest = useRef(handlers);
  newest.current = handlers;
  const any = Object.keys(handlers).length > 0;
  useEffect(() => {
    if (!any) return;
    const match = createMatcher();
    const key = (event: KeyboardEvent) => {
      const name = match(event, Date.now());
      if (name && newest.current[name]?.(event)) event.preventDefault();
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [any]);
}
