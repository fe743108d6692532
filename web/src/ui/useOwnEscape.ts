import type { KeyboardEvent } from "react";

// useOwnEscape is for a dialog that opens others: Escape is for the one that is in
// front. Mantine's own listeners would hand it to each of them in turn.
export function useOwnEscape(close: () => void) {
  return {
    closeOnEscape: false,
    // What bubbles here from a dialog in front is outside of this one in the document.
    onKeyDown(event: KeyboardEvent<HTMLElement>) {
      const own = event.target instanceof Node && event.currentTarget.contains(event.target);
      if (event.key === "Escape" && own && !event.nativeEvent.isComposing) close();
    },
  } as const;
}
