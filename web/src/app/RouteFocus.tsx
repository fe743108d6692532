import { useEffect, useRef } from "react";
import { useLocation } from "react-router";
import { announce } from "@/ui/announce";

// RouteFocus moves the focus to the heading of a page that was come to, and says its
// title. Dialogs with an address keep the focus that they have taken.
export function RouteFocus() {
  const { pathname } = useLocation();
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    return whenHeadingIsThere(pathname, (heading) => {
      if (!document.querySelector("[role=dialog]") && !tabsAreIn(document.activeElement)) heading.focus();
      announce(document.title);
    });
  }, [pathname]);
  return null;
}

// A change of tab within a page keeps the focus on the tab.
const tabsAreIn = (element: Element | null): boolean =>
  element instanceof HTMLAnchorElement &&
  element.getAttribute("aria-current") === "page" &&
  !!element.closest("main nav");

// The page may still be loading: its heading comes later.
function whenHeadingIsThere(path: string, then: (heading: HTMLElement) => void): () => void {
  const find = () => {
    const heading = document.querySelector<HTMLElement>("main h1");
    if (!heading || heading.dataset.seen === path) return false;
    heading.dataset.seen = path;
    // The title is set by an effect of the page.
    setTimeout(() => then(heading));
    return true;
  };
  if (find()) return () => undefined;
  const observer = new MutationObserver(() => {
    if (find()) observer.disconnect();
  });
  observer.observe(document.body, { childList: true, subtree: true });
  return () => observer.disconnect();
}
