import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import type { HealthFilter, WebhookFilter, WebhookSort } from "@/api/webhooks";
import { health as texts } from "@/texts/common";
import { leaving } from "@/ui/leaving";

const healths: readonly string[] = ["failing", "degraded", "healthy", "idle", "disabled"];
const sorts: readonly string[] = ["name", "-name", "requests", "-requests", "successRate", "-successRate"];

export const debounceMs = 250;

// useListFilter is what the list shows, kept in the address. What is typed follows
// after a moment, and not any more once the page is left.
export function useListFilter() {
  const [params, setParams] = useSearchParams();
  const q = params.get("q") ?? "";
  const health = params.get("health");
  const sort = params.get("sort");
  const [text, setTextState] = useState(q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // The address as it is now: what was typed is written later, and leaves what was chosen
  // meanwhile.
  const latest = useRef({ params, setParams });
  useLayoutEffect(() => {
    latest.current = { params, setParams };
  }, [params, setParams]);

  const set = useCallback((name: string, value: string | undefined) => {
    const next = new URLSearchParams(latest.current.params);
    if (value) next.set(name, value);
    else next.delete(name);
    latest.current.params = next;
    latest.current.setParams(next, { replace: true, preventScrollReset: true });
  }, []);

  // The address may change by itself: by going back, or by a link.
  useEffect(() => setTextState(q), [q]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const query: WebhookFilter = useMemo(
    () => ({
      q,
      health: healths.includes(health ?? "") ? (health as HealthFilter) : undefined,
      sort: sorts.includes(sort ?? "") ? (sort as WebhookSort) : "health",
    }),
    [q, health, sort],
  );

  const sortBy = useCallback(
    (ascending: string, descending: string) => ({
      order: sort === ascending ? ("ascending" as const) : sort === descending ? ("descending" as const) : undefined,
      onSort: () => set("sort", sort === ascending ? descending : sort === descending ? undefined : ascending),
    }),
    [sort, set],
  );

  return {
    query,
    key: JSON.stringify(query),
    text,
    active: q !== "" || query.health !== undefined,
    described: [q && `"${q}"`, query.health && texts[query.health]].filter(Boolean).join(", "),
    sort: sortBy,
    setText(value: string) {
      setTextState(value);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        if (!leaving.get()) set("q", value.trim());
      }, debounceMs);
    },
    setHealth: (value: HealthFilter | undefined) => set("health", value),
    clear() {
      clearTimeout(timer.current);
      setTextState("");
      setParams(sort ? { sort } : {}, { replace: true });
    },
  };
}

export type ListFilter = ReturnType<typeof useListFilter>;
