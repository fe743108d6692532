import { useEffect } from "react";

// useInertBackground takes the page out of reach while a dialog is open, for the
// keyboard and for screen readers alike. Dialogs are beside the page in the document.
export function useInertBackground(): void {
  useEffect(() => {
    const root = document.getElementById("root");
    if (!root) return;
    const look = () => {
      root.inert = document.querySelector("body > :not(#root) [role=dialog][aria-modal=true]") !== null;
    };
    const within = new MutationObserver(look);
    const follow = () => {
      within.disconnect();
      for (const child of document.body.children)
        if (child !== root) within.observe(child, { childList: true, subtree: true });
      look();
    };
    const body = new MutationObserver(follow);
    body.observe(document.body, { childList: true });
    follow();
    return () => {
      body.disconnect();
      within.disconnect();
      root.inert = false;
    };
  }, []);
}
