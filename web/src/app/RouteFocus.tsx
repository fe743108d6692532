import { useEffect, useRef } from "react";
import { useLocation } from "react-router";
import { announce } from "@/ui/announce";

// RouteFocus moves the focus to the heading of a page that was come to, and says its
// title. A change of tab or a dialog with an address is no other page: its heading stays,
// and so does the focus.
export function RouteFocus() {
  const { pathname } = useLocation();
  const seen = useRef<{ heading: Element | null; text: string }>(undefined);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const come = (heading: HTMLElement) => {
      // The title is set by an effect of the page.
      timer = setTimeout(() => {
        const before = seen.current;
        const text = heading.textContent ?? "";
        seen.current = { heading, text };
        if (!before) return;
        if ((heading !== before.heading || text !== before.text) && !keepsFocus()) heading.focus();
        announce(document.title);
      });
    };
    const stop = whenReady(pathname, come);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [pathname]);
  return null;
}

// Dialogs keep the focus, and so does the row of a list that was come back to, and what
// a page was come to for.
const keepsFocus = (): boolean =>
  document.querySelector("[role=dialog]") !== null ||
  document.activeElement?.matches("main a[data-row-link], main [data-autofocus]") === true;

// The page may still be loading: its heading comes later.
function whenReady(path: string, then: (heading: HTMLElement) => void): () => void {
  const find = () => {
    const heading = document.querySelector<HTMLElement>("main h1");
    if (!heading || heading.closest("[aria-busy=true]") || heading.dataset.path === path) return false;
    heading.dataset.path = path;
    then(heading);
    return true;
  };
  if (find()) return () => undefined;
  const observer = new MutationObserver(() => {
    if (find()) observer.disconnect();
  });
  observer.observe(document.body, { childList: true, subtree: true });
  return () => observer.disconnect();
}
