import { type RefObject, useEffect, useRef, useState } from "react";

// useReturnFocus gives the focus back when a dialog goes that is there only while it is
// open. Dialogs that stay and have `opened` do this by themselves.
export function useReturnFocus(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(() => () => later(opener), [opener]);
}

// useFocusAfter gives the focus to an element when something that was open is not any
// more, for dialogs that are opened from a menu: its entries are gone by then.
export function useFocusAfter(open: boolean, target: RefObject<HTMLElement | null>): void {
  const was = useRef(open);
  useEffect(() => {
    if (was.current && !open) later(target.current);
    was.current = open;
  }, [open, target]);
}

// The page is out of reach until the dialog is out of the document.
function later(element: Element | null): void {
  setTimeout(() => {
    if (element instanceof HTMLElement && element.isConnected && element !== document.body) element.focus();
  });
}
