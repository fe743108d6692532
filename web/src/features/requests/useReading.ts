import { type RefObject, useEffect, useState } from "react";

// useReading says whether somebody reads the list: it is scrolled, or a row has the
// focus.
export function useReading(region: RefObject<HTMLElement | null>): boolean {
  const [reading, setReading] = useState(false);
  useEffect(() => {
    const look = () => {
      const at = document.activeElement;
      const inRow = !!at?.closest("tbody") && !!region.current?.contains(at);
      const top = region.current?.getBoundingClientRect().top ?? 0;
      setReading(inRow || (scrollY > 0 && top < 0));
    };
    look();
    addEventListener("scroll", look, { passive: true });
    document.addEventListener("focusin", look);
    document.addEventListener("focusout", look);
    return () => {
      removeEventListener("scroll", look);
      document.removeEventListener("focusin", look);
      document.removeEventListener("focusout", look);
    };
  }, [region]);
  return reading;
}
