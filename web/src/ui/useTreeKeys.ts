import { type KeyboardEvent, useCallback, useRef } from "react";

// How long letters make up one word.
const wordMs = 700;

// useTreeKeys adds to a tree what it lacks: Home, End, and going to what begins with the
// letters that are typed.
export function useTreeKeys(): (event: KeyboardEvent<HTMLElement>) => void {
  const typed = useRef({ text: "", at: 0 });
  return useCallback((event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement)) return;
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=treeitem]")];
    const at = items.indexOf(event.target);
    if (at < 0) return;
    let to: HTMLElement | undefined;
    if (event.key === "Home") to = items[0];
    else if (event.key === "End") to = items.at(-1);
    else if (event.key.length === 1 && event.key !== " ") {
      const fresh = event.timeStamp - typed.current.at > wordMs;
      typed.current = { text: (fresh ? "" : typed.current.text) + event.key.toLowerCase(), at: event.timeStamp };
      const { text } = typed.current;
      // One letter goes on to the next; more of a word may be about the same.
      const order = [...items.slice(at + (text.length > 1 ? 0 : 1)), ...items.slice(0, at)];
      to = order.find((item) => item.ariaLabel?.toLowerCase().startsWith(text));
    } else return;
    event.preventDefault();
    to?.setAttribute("data-focus-ring", "true");
    to?.focus();
  }, []);
}
