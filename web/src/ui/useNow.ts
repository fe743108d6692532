import { useEffect, useState } from "react";

// useNow is the present, renewed after what `next` says.
export function useNow(next: (now: number) => number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setTimeout(() => setNow(Date.now()), next(now));
    return () => clearTimeout(timer);
  });
  return now;
}
