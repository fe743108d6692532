import { type MouseEvent, type RefObject, useEffect } from "react";
import { NavigationType, useNavigationType } from "react-router";
import { createStore } from "@/lib/store";

// Which row was opened last, for the way back.
const opened = createStore("");

// useBackToRow gives the focus to the row that was opened, when a person comes back to
// the list by the browser's Back or by closing the row.
export function useBackToRow(region: RefObject<HTMLElement | null>, ready: boolean) {
  const arrived = useNavigationType();
  useEffect(() => {
    const key = opened.get();
    if (!ready || !key || arrived !== NavigationType.Pop) return;
    const row = [...(region.current?.querySelectorAll("tr[data-key]") ?? [])].find(
      (tr) => tr.getAttribute("data-key") === key,
    );
    row?.querySelector<HTMLElement>("a[data-row-link]")?.focus({ preventScroll: true });
    opened.set("");
  }, [ready, arrived, region]);
  return {
    remember: (event: MouseEvent) => {
      const tr =
        event.target instanceof Element ? event.target.closest<HTMLElement>("tr[data-key], tr[data-of]") : null;
      if (tr) opened.set(tr.dataset.key ?? tr.dataset.of ?? "");
    },
  };
}
