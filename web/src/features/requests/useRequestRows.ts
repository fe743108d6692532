import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type DeliveryRow, deliveriesQuery, further, rowOf } from "@/api/deliveries";
import { useLiveMessages } from "@/api/useLive";
import { isObject } from "@/lib/apiError";
import { steady } from "@/lib/steady";
import { requests as texts } from "@/texts/requests";
import { announceQuietly } from "@/ui/announce";
import { fits, questionOf, type RequestFilter } from "./filters";
import { mergeRows } from "./liveRows";

const idOf = (row: DeliveryRow): string => row.id;

// How many rows of the stream are remembered, and how long a burst lasts after its
// last message.
const mostTold = 500;
const burstMs = 5_000;
const freshMs = 1_000;
const announceMs = 5_000;

interface Options {
  readonly filter: RequestFilter;
  readonly cursor: string | undefined;
  // Somebody reads: rows stay where they are and new ones wait.
  readonly reading: boolean;
}

// useRequestRows is a page of the list that lives. Rows change in place; new ones come
// on top while nobody reads, and wait otherwise. While another filter or page is asked
// for, the rows of the one before stay.
export function useRequestRows({ filter, cursor, reading }: Options) {
  const question = useMemo(() => questionOf(filter), [filter]);
  const of = `${question.key} ${cursor ?? ""}`;
  const query = useQuery({ ...deliveriesQuery(question, cursor), placeholderData: keepPreviousData });
  const { told, burst, forget } = useTold(filter, of);
  const last = useRef<Shown>({ of, rows: undefined, stuck: false });
  const [, redraw] = useState(0);

  const page = query.data;
  const coming = query.isPlaceholderData;
  const before = coming || last.current.of === of ? last.current.rows : undefined;
  const ids = new Set(before?.map(idOf));
  const merged = page && !coming && mergeRows({ page, told, filter, shown: ids, first: !cursor, now: Date.now() });
  const hold = reading || last.current.stuck || burst.on;
  const next = merged || (before ?? page?.items);
  const { shown, waiting } = merged && before ? steady(before, merged, idOf, hold) : { shown: next, waiting: 0 };
  const count = burst.created > 0 && merged && before ? Math.max(waiting, burst.created) : waiting;

  useLayoutEffect(() => {
    last.current = { of: coming ? last.current.of : of, rows: shown, stuck: count > 0 };
  });

  return {
    query,
    coming,
    rows: shown,
    next: page?.next,
    searched: page?.searched,
    waiting: count,
    burst: burst.on || burst.created > 0,
    fresh: useFresh(shown, hold || coming, of),
    unfit: (row: DeliveryRow) => !coming && fits(filter, row, Date.now()) === false,
    showNew: () => {
      last.current = { of, rows: undefined, stuck: false };
      forget();
      redraw((n) => n + 1);
    },
  };
}

// What was on the screen, and whether new rows wait for it.
interface Shown {
  readonly of: string;
  readonly rows: readonly DeliveryRow[] | undefined;
  readonly stuck: boolean;
}

// useTold collects what the stream tells of requests.
function useTold(filter: RequestFilter, of: string) {
  const [told, setTold] = useState<ReadonlyMap<string, DeliveryRow>>(new Map());
  const [burst, setBurst] = useState({ on: false, created: 0 });
  const calm = useRef<ReturnType<typeof setTimeout>>(undefined);
  const heard = useAnnouncements();
  useEffect(() => () => clearTimeout(calm.current), []);
  const forget = useCallback(() => setBurst((now) => ({ ...now, created: 0 })), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins to count anew
  useEffect(forget, [of]);

  useLiveMessages((message) => {
    if (message.type === "burst") {
      const created = isObject(message.data) ? Number(message.data.created) || 0 : 0;
      setBurst((now) => ({ on: true, created: now.created + created }));
      clearTimeout(calm.current);
      calm.current = setTimeout(() => setBurst((now) => ({ ...now, on: false })), burstMs);
      heard(created, 0);
      return;
    }
    const row = message.type.startsWith("delivery.") ? rowOf(message.data) : undefined;
    if (!row) return;
    setTold((before) => withRow(before, row));
    if (fits(filter, row, Date.now()) === false) return;
    heard(message.type === "delivery.created" ? 1 : 0, row.state === "failed" ? 1 : 0);
  });
  return { told, burst, forget };
}

function withRow(before: ReadonlyMap<string, DeliveryRow>, row: DeliveryRow): ReadonlyMap<string, DeliveryRow> {
  const known = before.get(row.id);
  if (known && further(known, row)) return before;
  const after = new Map(before);
  after.set(row.id, row);
  for (const id of after.keys()) {
    if (after.size <= mostTold) break;
    after.delete(id);
  }
  return after;
}

// useAnnouncements says every few seconds how many came.
function useAnnouncements() {
  const sum = useRef({ created: 0, failed: 0 });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (created: number, failed: number) => {
    sum.current.created += created;
    sum.current.failed += failed;
    if (timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      if (sum.current.created > 0) announceQuietly(texts.announced(sum.current.created, sum.current.failed));
      sum.current = { created: 0, failed: 0 };
    }, announceMs);
  };
}

// useFresh are the rows that have just come, for the tint of a second.
function useFresh(shown: readonly DeliveryRow[] | undefined, hold: boolean, of: string): ReadonlySet<string> {
  const known = useRef<{ of: string; ids: Set<string> }>(undefined);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const ids = shown?.map(idOf).join(" ");
  useEffect(() => {
    if (ids === undefined) return;
    const all = ids === "" ? [] : ids.split(" ");
    const came = known.current?.of === of && !hold ? all.filter((id) => !known.current?.ids.has(id)) : [];
    known.current = { of, ids: new Set(all) };
    if (came.length === 0) return;
    setFresh(new Set(came));
    const timer = setTimeout(() => setFresh(new Set()), freshMs);
    return () => clearTimeout(timer);
  }, [ids, hold, of]);
  return fresh;
}
