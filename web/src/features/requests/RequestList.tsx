import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { ArrowUp } from "lucide-react";
import { useMemo, useRef } from "react";
import { summaryQuery } from "@/api/deliveries";
import { common } from "@/texts/common";
import { requests as texts } from "@/texts/requests";
import { DataTable } from "@/ui/DataTable";
import { ErrorCard } from "@/ui/ErrorCard";
import { HourChart } from "@/ui/HourChart";
import { Note } from "@/ui/Note";
import { Pager, usePager } from "@/ui/Pager";
import { useShortcuts } from "@/ui/shortcuts";
import { columnsOf } from "./columns";
import { FilterBar } from "./FilterBar";
import { countsOf, filterText, questionOf, type RequestFilter, usualRange } from "./filters";
import { ListEmpty } from "./ListEmpty";
import { addressed, type ListProps } from "./listProps";
import { RowAttempts } from "./RowAttempts";
import { rangeSpan } from "./range";
import styles from "./requests.module.css";
import { useBackToRow } from "./useBackToRow";
import { useOpened } from "./useOpened";
import { useReading } from "./useReading";
import { useRequestRows } from "./useRequestRows";
import { useRowActions } from "./useRowActions";

// RequestList is the list of requests with its filters, of all webhooks or of one.
export function RequestList(props: ListProps) {
  const { onFilter } = props;
  const filter = useRested(props.filter);
  const key = filterText(filter);
  const pager = usePager(key);
  return (
    <>
      <FilterBar filter={props.filter} rested={filter} onFilter={onFilter} webhookId={props.webhookId} />
      <Histogram {...props} filter={filter} />
      <Rows {...props} filter={filter} pager={pager} />
    </>
  );
}

const typingMs = 300;

// useRested is the filter once typing rests; all but the text counts at once.
function useRested(filter: RequestFilter): RequestFilter {
  const [q] = useDebouncedValue(filter.q, typingMs);
  return useMemo(() => ({ ...filter, q }), [filter, q]);
}

const hourMs = 3_600_000;

// Histogram is the past day of the other filters. Choosing in it sets the range. What
// fails of it, or of the counts beside the chips, is said in its place.
function Histogram({ filter, onFilter }: ListProps) {
  const question = questionOf({ ...filter, status: "all", from: usualRange, to: "" });
  const day = useQuery(summaryQuery({ ...question, key: `day ${question.key}` }));
  const counts = useQuery(summaryQuery(countsOf(filter)));
  const failed = [day, counts].filter(({ error }) => error);
  const usual = filter.from === usualRange && !filter.to;
  const [first] = failed;
  if (first) {
    return (
      <ErrorCard
        error={first.error}
        title={texts.summaryFailed}
        onRetry={() => {
          for (const query of failed) void query.refetch();
        }}
      />
    );
  }
  return (
    <div className={styles.histogram} title={texts.histogramHelp}>
      <HourChart
        title={texts.histogram}
        buckets={day.data?.buckets}
        stepMs={hourMs}
        onRange={(from, to) => onFilter({ ...filter, from, to })}
        selected={usual ? undefined : rangeSpan(filter, Date.now())}
      />
    </div>
  );
}

function Rows(props: ListProps & { pager: ReturnType<typeof usePager> }) {
  const { filter, pager, open } = props;
  const region = useRef<HTMLDivElement>(null);
  const opened = useOpened();
  const reading = useReading(region) || open !== undefined || opened.some || pager.page > 1;
  const list = useRequestRows({ filter, cursor: pager.cursor, reading });
  const { actions, dialog, error } = useRowActions(props.pathOf);
  const search = filterText(addressed(props));
  const back = useBackToRow(region, list.rows !== undefined);
  const columns = columnsOf({
    pathOf: (row) => props.pathOf(row.id) + search,
    state: { panel: true },
    withWebhook: !props.webhookId,
    narrow: open !== undefined,
    unfit: list.unfit,
    actions,
    opened,
  });
  // A key for a row is for the one with the focus.
  useShortcuts({
    curl() {
      const key = document.activeElement?.closest("tr")?.dataset.key;
      const row = region.current?.contains(document.activeElement) && list.rows?.find(({ id }) => id === key);
      if (!row || row.webhook.deleted) return false;
      actions.onCurl(row);
      return true;
    },
  });

  function showNew() {
    list.showNew();
    pager.first();
    region.current?.scrollIntoView({ block: "nearest" });
    region.current?.focus({ preventScroll: true });
  }
  return (
    <div ref={region} className={styles.list} tabIndex={-1} onClickCapture={back.remember}>
      {list.waiting > 0 && (
        <Button
          className={styles.pill ?? ""}
          variant="filled"
          size="compact-sm"
          onClick={showNew}
          leftSection={<ArrowUp className="icon" />}
        >
          {list.burst ? `${texts.showNew(list.waiting)} · ${texts.showLatest}` : texts.showNew(list.waiting)}
        </Button>
      )}
      {Boolean(error) && <ErrorCard error={error} title={texts.actionFailed} />}
      {list.searched && list.searched.kind === "text" && !list.searched.complete && (
        <Note tone="info">
          <p>{texts.searchedPart(list.searched.newest ?? 0)}</p>
        </Note>
      )}
      <DataTable
        caption={props.webhookName === undefined ? texts.caption : texts.captionOf(props.webhookName)}
        columns={columns}
        rows={list.rows}
        rowKey={(row) => row.id}
        error={list.query.error}
        onRetry={() => void list.query.refetch()}
        refreshing={list.coming}
        selected={open}
        fresh={list.fresh}
        detail={(row) =>
          opened.has(row.id) &&
          open === undefined && <RowAttempts row={row} to={props.pathOf(row.id)} filter={addressed(props)} />
        }
        empty={<ListEmpty {...props} />}
      />
      <div className={styles.foot}>
        <Pager pager={pager} next={list.next} />
        <span className="sub">
          <kbd>j</kbd> <kbd>k</kbd> {texts.keys} · <kbd>→</kbd> {texts.keyAttempts} · <kbd>?</kbd> {texts.keyAll}
        </span>
      </div>
      {dialog}
      {list.query.isRefetching && <span className="hidden-visually">{common.loading}</span>}
    </div>
  );
}
