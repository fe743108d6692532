import { preferences } from "./preferences";

// lettersAllowed says whether a key means a shortcut: not while somebody types, not in
// a dialog or menu, and not with modifiers. Single letters can be switched off.
export function lettersAllowed(event: KeyboardEvent): boolean {
  if (event.key.length === 1 && preferences.shortcuts.get() === "off") return false;
  if (event.defaultPrevented || event.isComposing || withModifier(event)) return false;
  const at = event.target;
  if (!(at instanceof Element)) return true;
  if (document.querySelector("[role=dialog][aria-modal=true]")) return false;
  return !at.closest(
    "input, textarea, select, [contenteditable=true], [role=menu], [role=tree], [role=dialog], [role=separator]",
  );
}

// Brackets are typed with AltGr on many keyboards; some systems call that Ctrl and Alt.
const withModifier = (event: KeyboardEvent): boolean =>
  event.metaKey || ((event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph"));
