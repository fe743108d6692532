import type { RefObject } from "react";
import { useShortcuts } from "./shortcuts";

// useRowKeys moves the focus between the links of rows with j and k, and with the
// arrows from a row on; the arrows to the sides open and close what is under a row.
export function useRowKeys(table: RefObject<HTMLTableElement | null>): void {
  const step = (by: 1 | -1) => (event: KeyboardEvent) => {
    if (!table.current || !isOurs(table.current)) return false;
    const links = [...table.current.querySelectorAll<HTMLAnchorElement>("a[data-row-link]")];
    const at = links.findIndex((link) => link.closest("tr") === focusedRow());
    if (event.key.startsWith("Arrow") && (at < 0 || links[at] !== document.activeElement)) return false;
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
    if (!next) return false;
    next.focus();
    next.closest("tr")?.scrollIntoView({ block: "nearest" });
    return true;
  };
  const turn = (open: boolean) => () => {
    const row = focusedRow();
    if (!row || !table.current?.contains(row)) return false;
    const button = row.querySelector<HTMLButtonElement>("button[data-row-toggle]");
    const link = row.querySelector<HTMLAnchorElement>("a[data-row-link]");
    const at = document.activeElement;
    const inDetail = at?.closest("tr") !== row;
    if (!button || (at !== link && at !== button && !inDetail)) return false;
    if ((button.ariaExpanded === "true") === open) return false;
    // What had the focus goes away with the row under this one.
    if (inDetail) link?.focus();
    button.click();
    return true;
  };
  useShortcuts({ next: step(1), previous: step(-1), expand: turn(true), collapse: turn(false) });
}

// focusedRow is the row with the focus; what is under a row belongs to it.
function focusedRow(): Element | null | undefined {
  const row = document.activeElement?.closest("tr");
  return row?.hasAttribute("data-of") ? row.previousElementSibling : row;
}

// The keys belong to the table that has the focus, or else to the first with rows.
function isOurs(table: HTMLTableElement): boolean {
  const focused = document.activeElement?.closest("table");
  if (focused) return focused === table;
  return document.querySelector("table:has(a[data-row-link])") === table;
}
