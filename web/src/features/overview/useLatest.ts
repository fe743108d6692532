import { useEffect, useRef, useState } from "react";
import { type DeliveryRow, further, rowOf } from "@/api/deliveries";
import { useLiveMessages } from "@/api/useLive";
import { steady } from "@/lib/steady";

export const latestShown = 10;

// mergeLatest is the newest rows of what the server answered and the stream has told.
export function mergeLatest(items: readonly DeliveryRow[], told: ReadonlyMap<string, DeliveryRow>) {
  const known = new Set(items.map((row) => row.id));
  const oldest = items.length >= latestShown ? (items.at(-1)?.acceptedAt ?? "") : "";
  const rows = items.map((row) => {
    const newer = told.get(row.id);
    return newer && further(newer, row) ? newer : row;
  });
  const more = [...told.values()].filter((row) => !known.has(row.id) && row.acceptedAt >= oldest);
  return [...rows, ...more]
    .sort((a, b) => (a.acceptedAt < b.acceptedAt ? 1 : a.acceptedAt > b.acceptedAt ? -1 : 0))
    .slice(0, latestShown);
}

// useLatest are the latest requests, at once when they happen; while a row of them has
// the focus nothing moves.
export function useLatest(items: readonly DeliveryRow[] | undefined): readonly DeliveryRow[] | undefined {
  const [told, setTold] = useState<ReadonlyMap<string, DeliveryRow>>(new Map());
  const shown = useRef<readonly DeliveryRow[]>(undefined);
  useLiveMessages((message) => {
    const row = message.type.startsWith("delivery.") ? rowOf(message.data) : undefined;
    if (!row) return;
    setTold((before) => {
      const known = before.get(row.id);
      if (known && further(known, row)) return before;
      const rows = [...before.values(), row].slice(-5 * latestShown);
      return new Map(rows.map((one) => [one.id, one]));
    });
  });
  const next = items && mergeLatest(items, told);
  const rows = next && shown.current ? steady(shown.current, next, (row) => row.id, isBeingRead()).shown : next;
  useEffect(() => {
    shown.current = rows;
  });
  return rows;
}

const isBeingRead = (): boolean => document.activeElement?.closest("tbody") != null;
