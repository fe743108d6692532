import { type RefObject, useEffect } from "react";
import { preferences } from "./preferences";

// lettersAllowed says whether a single letter means a shortcut: not while somebody
// types, not in a dialog or menu, not with modifiers, and not when it is switched off.
export function lettersAllowed(event: KeyboardEvent): boolean {
  if (preferences.shortcuts.get() === "off" || event.defaultPrevented) return false;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  const at = event.target;
  if (!(at instanceof Element)) return true;
  if (document.querySelector("[role=dialog][aria-modal=true]")) return false;
  return !at.closest("input, textarea, select, [contenteditable=true], [role=menu], [role=tree], [role=dialog]");
}

// useRowKeys moves the focus between the links of rows with j and k, and with the
// arrows from a row on.
export function useRowKeys(table: RefObject<HTMLTableElement | null>): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const step = stepOf(event);
      if (step === 0 || !table.current || !lettersAllowed(event) || !isOurs(table.current)) return;
      const links = [...table.current.querySelectorAll<HTMLAnchorElement>("a[data-row-link]")];
      const row = document.activeElement?.closest("tr");
      const at = links.findIndex((link) => link.closest("tr") === row);
      if (event.key.startsWith("Arrow") && links[at] !== document.activeElement) return;
      const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
      if (!next) return;
      event.preventDefault();
      next.focus();
      next.closest("tr")?.scrollIntoView({ block: "nearest" });
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [table]);
}

function stepOf(event: KeyboardEvent): number {
  if (event.key === "j" || event.key === "ArrowDown") return 1;
  return event.key === "k" || event.key === "ArrowUp" ? -1 : 0;
}

// The keys belong to the table that has the focus, or else to the first with rows.
function isOurs(table: HTMLTableElement): boolean {
  const focused = document.activeElement?.closest("table");
  if (focused) return focused === table;
  return document.querySelector("table:has(a[data-row-link])") === table;
}
