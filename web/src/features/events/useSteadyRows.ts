import { useEffect, useRef, useState } from "react";
import type { EventRow } from "@/api/events";
import { steady } from "@/lib/steady";

interface SteadyRows {
  readonly rows: readonly EventRow[] | undefined;
  readonly waiting: number;
  readonly showNewest: () => void;
}

// useSteadyRows keeps what is being read in its place: on a later page, further down
// and with a row in focus new events wait until they are asked for.
export function useSteadyRows(next: readonly EventRow[] | undefined, page: number, of: string): SteadyRows {
  const shown = useRef<{ of: string; rows: readonly EventRow[] }>({ of: "", rows: [] });
  const [asked, setAsked] = useState(0);
  const seen = useRef(asked);
  const at = `${of} ${page}`;
  const first = shown.current.of !== at || seen.current !== asked;
  const state = next && steady(shown.current.rows, next, (event) => event.id, !first && (page > 1 || isBeingRead()));
  useEffect(() => {
    if (!state) return;
    shown.current = { of: at, rows: state.shown };
    seen.current = asked;
  });
  return { rows: state?.shown, waiting: state?.waiting ?? 0, showNewest: () => setAsked(asked + 1) };
}

const isBeingRead = (): boolean => window.scrollY > 80 || document.activeElement?.closest("tbody") !== null;
