import { type ChangeEvent, useEffect, useRef, useState } from "react";
import { leaving } from "@/ui/leaving";

// useTypedText is a search box: what is typed is searched for once typing rests.
// Leaving the page forgets what was still to come.
export function useTypedText(initial: string, search: (text: string) => void) {
  const [value, setValue] = useState(initial);
  const newest = useRef(search);
  newest.current = search;
  const searched = useRef(initial);
  useEffect(() => {
    if (value === searched.current) return;
    const timer = setTimeout(() => {
      if (leaving.get()) return;
      searched.current = value;
      newest.current(value.trim());
    }, 250);
    return () => clearTimeout(timer);
  }, [value]);
  return { value, onChange: (event: ChangeEvent<HTMLInputElement>) => setValue(event.currentTarget.value) };
}
