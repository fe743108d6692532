import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { type ResultClass, summaryQuery } from "@/api/deliveries";
import { eventTypesQuery } from "@/api/eventTypes";
import { useLive } from "@/api/useLive";
import { webhooksQuery } from "@/api/webhooks";
import { cappedCount } from "@/lib/format";
import { requests as texts } from "@/texts/requests";
import { FilterChips } from "@/ui/FilterChips";
import { LiveChip } from "@/ui/LiveChip";
import { leaveOnEscape } from "@/ui/leaveOnEscape";
import { MultiFilter } from "@/ui/MultiFilter";
import { codes, countsOf, type RequestFilter, type StatusFilter, statusStates } from "./filters";
import type { FilterProps } from "./listProps";
import { RangeFilter } from "./RangeFilter";
import styles from "./requests.module.css";

// FilterBar holds the filters of requests. All of them are in the address.
export function FilterBar({ filter, rested, onFilter, webhookId }: FilterProps & { readonly rested: RequestFilter }) {
  return (
    <>
      <div className={styles.toolbar}>
        <Search q={filter.q} onChange={(q) => onFilter({ ...filter, q }, true)} />
        <StatusChips filter={filter} rested={rested} onFilter={onFilter} />
        <span className={styles.end}>
          <LiveChip {...useLive()} />
        </span>
      </div>
      <div className={styles.toolbar}>
        <EventFilter value={filter.events} onChange={(events) => onFilter({ ...filter, events })} />
        <MultiFilter
          label={texts.results}
          findable={false}
          options={codes.map((code) => ({ value: code, text: texts.resultNames[code] }))}
          value={filter.codes}
          onChange={(chosen) =>
            onFilter({ ...filter, codes: codes.filter((code): code is ResultClass => chosen.includes(code)) })
          }
        />
        {!webhookId && (
          <WebhookFilter value={filter.webhook} onChange={(webhook) => onFilter({ ...filter, webhook })} />
        )}
        <RangeFilter filter={filter} onChange={(change) => onFilter({ ...filter, ...change })} />
      </div>
    </>
  );
}

// What is typed is in the address at once: nothing is left to be written there when the
// reader has gone on to another page. What it finds is asked for once typing rests.
function Search({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const [text, setText] = useState(q);
  // What has been typed and is not yet in the address.
  const ahead = useRef<string>(undefined);
  useEffect(() => {
    if (ahead.current === undefined) setText((now) => (now.trim() === q ? now : q));
    else if (ahead.current === q) ahead.current = undefined;
  }, [q]);
  return (
    <TextInput
      type="search"
      className={styles.search ?? ""}
      aria-label={texts.searchLabel}
      placeholder={texts.searchHint}
      maxLength={256}
      value={text}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        setText(typed);
        ahead.current = typed.trim() === q ? undefined : typed.trim();
        onChange(typed.trim());
      }}
      onKeyDown={leaveOnEscape}
    />
  );
}

const chips: readonly StatusFilter[] = ["all", "succeeded", "failed", "progress", "cancelled"];

// StatusChips say how many there are of each state, whichever is chosen.
function StatusChips({ filter, rested, onFilter }: FilterProps & { readonly rested: RequestFilter }) {
  const { data, error } = useQuery(summaryQuery(useMemo(() => countsOf(rested), [rested])));
  const countOf = (status: StatusFilter) => {
    if (!data || error) return undefined;
    const states = status === "all" ? Object.keys(data.counts) : statusStates[status];
    const counts = states.map((state) => data.counts[state] ?? { n: 0, capped: false });
    return cappedCount({
      n: counts.reduce((sum, count) => sum + count.n, 0),
      capped: counts.some((count) => count.capped),
    });
  };
  return (
    <FilterChips<StatusFilter>
      label={texts.statusLabel}
      value={filter.status}
      onChange={(status) => onFilter({ ...filter, status })}
      chips={chips.map((status) => ({ value: status, text: texts[status], count: countOf(status) }))}
    />
  );
}

function EventFilter({ value, onChange }: { value: readonly string[]; onChange: (value: string[]) => void }) {
  const { data } = useQuery(eventTypesQuery);
  return (
    <MultiFilter
      label={texts.eventTypes}
      mono
      options={(data ?? []).map(({ name }) => ({ value: name, text: name }))}
      value={value}
      onChange={onChange}
    />
  );
}

function WebhookFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [opened, setOpened] = useState(value !== "");
  const [q, setQ] = useState("");
  const { data } = useQuery({ ...webhooksQuery({ q, sort: "name", limit: 100 }), enabled: opened });
  return (
    <MultiFilter
      label={texts.webhook}
      single
      options={(data?.items ?? []).map(({ id, name }) => ({ value: id, text: name }))}
      value={value ? [value] : []}
      onChange={([chosen]) => onChange(chosen ?? "")}
      onFind={setQ}
      onOpen={() => setOpened(true)}
    />
  );
}
