import type { KeyboardEvent } from "react";

// leaveOnEscape lets Escape leave the search field of a page.
export function leaveOnEscape(event: KeyboardEvent<HTMLInputElement>): void {
  if (event.key === "Escape" && !event.nativeEvent.isComposing) event.currentTarget.blur();
}
