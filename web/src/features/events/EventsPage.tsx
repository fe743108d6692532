import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useSearchParams } from "react-router";
import { eventsQuery } from "@/api/events";
import { eventTypesQuery } from "@/api/eventTypes";
import { useSession } from "@/api/session";
import { useLive } from "@/api/useLive";
import { common } from "@/texts/common";
import { events as texts } from "@/texts/events";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { FilterChips } from "@/ui/FilterChips";
import { LiveChip } from "@/ui/LiveChip";
import { leaveOnEscape } from "@/ui/leaveOnEscape";
import { PageHead } from "@/ui/PageHead";
import { Pager, usePager } from "@/ui/Pager";
import { columns } from "./columns";
import { EmitDialog } from "./EmitDialog";
import { EventTabs } from "./EventTabs";
import styles from "./events.module.css";
import { useSteadyRows } from "./useSteadyRows";
import { useTypedText } from "./useTypedText";

// The stream of accepted events: those too that no webhook wanted.
export function Component() {
  const [params, setParams] = useSearchParams();
  const filter = {
    q: params.get("q") || undefined,
    matched: matchedOf(params.get("matched")),
    eventType: params.getAll("eventType"),
  };
  const of = JSON.stringify(filter);
  const pager = usePager(of);
  const events = useQuery(eventsQuery({ ...filter, cursor: pager.cursor, limit: 50 }));
  const { rows, waiting, showNewest } = useSteadyRows(events.data?.items, pager.page, of);
  const emitting = params.get("emit");
  const filtered = Boolean(filter.q || filter.matched || filter.eventType.length);

  function set(name: string, value: string | undefined) {
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (value) after.set(name, value);
        else after.delete(name);
        return after;
      },
      { replace: true },
    );
  }
  const openEmit = () => setParams((before) => new URLSearchParams([...before, ["emit", ""]]));
  const closeEmit = () => set("emit", undefined);
  return (
    <>
      <PageHead title={texts.title} sub={texts.sub} actions={<EmitButton onClick={openEmit} />} />
      <EventTabs />
      <Toolbar key={params.get("q") ? "searched" : "plain"} filter={filter} set={set} />
      {waiting > 0 && (
        <div className={styles.fresh}>
          <Button size="compact-sm" onClick={showNewest} title={texts.loadFresh}>
            {texts.fresh(waiting)}
          </Button>
        </div>
      )}
      <DataTable
        caption={texts.caption}
        columns={columns}
        rows={rows}
        rowKey={(event) => event.id}
        error={events.error}
        onRetry={() => void events.refetch()}
        refreshing={events.isFetching}
        empty={filtered ? <NoResult onClear={() => setParams({})} /> : <NoEvents onEmit={openEmit} />}
      />
      {events.data?.searched?.newest !== undefined && (
        <p className="sub">{texts.searched(events.data.searched.newest)}</p>
      )}
      <Pager pager={pager} next={events.data?.next} />
      <EmitDialog eventType={emitting ?? undefined} opened={emitting !== null} onClose={closeEmit} />
    </>
  );
}

type Matched = "true" | "false" | undefined;
const matchedOf = (text: string | null): Matched => (text === "true" || text === "false" ? text : undefined);

interface ToolbarProps {
  readonly filter: { readonly q?: string | undefined; readonly matched?: Matched; readonly eventType: string[] };
  readonly set: (name: string, value: string | undefined) => void;
}

function Toolbar({ filter, set }: ToolbarProps) {
  const types = useQuery(eventTypesQuery);
  const search = useTypedText(filter.q ?? "", (text) => set("q", text));
  return (
    <div className={styles.toolbar}>
      <TextInput
        type="search"
        className={styles.search}
        aria-label={texts.search}
        placeholder={texts.search}
        data-search
        onKeyDown={leaveOnEscape}
        {...search}
      />
      <NativeSelect
        className={styles.filter}
        aria-label={texts.filterType}
        value={filter.eventType[0] ?? ""}
        onChange={(event) => set("eventType", event.currentTarget.value)}
        data={[{ value: "", label: texts.type }, ...(types.data ?? []).map((type) => type.name)]}
      />
      <FilterChips
        label={texts.show}
        value={filter.matched ?? "all"}
        onChange={(value) => set("matched", value === "all" ? undefined : value)}
        chips={(["all", "true", "false"] as const).map((value) => ({ value, text: texts.chips[value] }))}
      />
      <span className={styles.push}>
        <LiveChip {...useLive()} />
      </span>
    </div>
  );
}

function EmitButton({ onClick }: { onClick: () => void }) {
  const { scopes = [] } = useSession();
  if (!scopes.includes("emit")) return null;
  return (
    <Button variant="filled" leftSection={<Send className="icon" />} onClick={onClick}>
      {texts.emit}
    </Button>
  );
}

const NoResult = ({ onClear }: { onClear: () => void }) => (
  <EmptyState title={texts.noResultTitle} actions={<Button onClick={onClear}>{common.clearFilters}</Button>} />
);

const NoEvents = ({ onEmit }: { onEmit: () => void }) => (
  <EmptyState title={texts.emptyTitle} actions={<Button onClick={onEmit}>{texts.emit}</Button>}>
    {texts.emptyBody}
  </EmptyState>
);
