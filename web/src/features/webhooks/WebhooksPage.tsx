import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Plus, Search } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { useSession } from "@/api/session";
import { useLive } from "@/api/useLive";
import { useCreateWebhook, useReceiverAddress, webhooksQuery } from "@/api/webhooks";
import { built } from "@/lib/built";
import { sameOrder } from "@/lib/steady";
import { common, health as healthTexts } from "@/texts/common";
import { form as formTexts, webhooks as texts } from "@/texts/webhooks";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { FormError } from "@/ui/ErrorCard";
import { FilterChips } from "@/ui/FilterChips";
import { LiveChip } from "@/ui/LiveChip";
import { leaveOnEscape } from "@/ui/leaveOnEscape";
import { PageHead } from "@/ui/PageHead";
import { Pager, usePager } from "@/ui/Pager";
import { ApiButton } from "./ApiModal";
import { AttentionBanner } from "./AttentionBanner";
import { CreateModal } from "./CreateModal";
import { columnsOf } from "./columns";
import { listCurl } from "./curl";
import { useEditKey } from "./useEditEvents";
import { type ListFilter, useListFilter } from "./useListFilter";
import styles from "./webhooks.module.css";

export function Component() {
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const creating = pathname.endsWith("/create");
  const filter = useListFilter();
  return (
    <>
      <PageHead
        title={texts.title}
        tabTitle={creating ? formTexts.createTitle : texts.title}
        sub={texts.sub}
        actions={
          <>
            <ApiButton curl={listCurl} />
            <Button
              component={Link}
              to={`/webhooks/create${search}`}
              variant="filled"
              leftSection={<Plus className="icon" />}
            >
              {texts.create}
            </Button>
          </>
        }
      />
      <AttentionBanner />
      <List filter={filter} />
      {creating && <CreateModal onClose={() => void navigate(`/webhooks${filtersOf(search)}`, { replace: true })} />}
    </>
  );
}

// filtersOf leaves out what only fills in the form.
function filtersOf(search: string): string {
  const params = new URLSearchParams(search);
  params.delete("event");
  params.delete("url");
  return params.size > 0 ? `?${params.toString()}` : "";
}

interface ListProps {
  readonly filter: ListFilter;
}

function List({ filter }: ListProps) {
  const live = useLive();
  const pager = usePager(filter.key);
  const list = useQuery(webhooksQuery({ ...filter.query, cursor: pager.cursor, limit: 100 }));
  const rows =
    useSteadyOrder(`${filter.key}#${pager.page}`, list.isPlaceholderData ? undefined : list.data?.items) ??
    list.data?.items;
  useEditKey(() => document.activeElement?.closest("tr")?.dataset.key);
  const columns = useMemo(() => columnsOf(filter.sort), [filter.sort]);
  const counts = list.data?.counts;
  return (
    <>
      <div className={styles.toolbar}>
        <TextInput
          type="search"
          className={styles.search ?? ""}
          aria-label={texts.search}
          placeholder={texts.searchHint}
          leftSection={<Search className="icon" />}
          value={filter.text}
          onChange={(event) => filter.setText(event.currentTarget.value)}
          onKeyDown={leaveOnEscape}
        />
        <FilterChips
          label={texts.filter}
          value={filter.query.health ?? "all"}
          onChange={(value) => filter.setHealth(value === "all" ? undefined : value)}
          chips={[
            { value: "all", text: texts.all, count: counts?.all },
            { value: "failing", text: healthTexts.failing, count: counts?.failing },
            { value: "degraded", text: healthTexts.degraded, count: counts?.degraded },
            { value: "healthy", text: healthTexts.healthy, count: counts?.healthy },
            { value: "idle", text: healthTexts.idle, count: counts?.idle },
            { value: "disabled", text: healthTexts.disabled, count: counts?.disabled },
          ]}
        />
        <span className={styles.grow} />
        <LiveChip {...live} />
      </div>
      <DataTable
        caption={texts.caption}
        columns={columns}
        rows={rows}
        rowKey={(w) => w.id}
        twoLine
        error={list.error}
        onRetry={() => void list.refetch()}
        refreshing={list.isPlaceholderData}
        empty={filter.active ? <NoResult filter={filter} /> : <Empty />}
      />
      <Pager pager={pager} next={list.data?.next} />
      {counts && counts.all > 0 && (
        <p className={styles.footer}>
          {texts.footer(counts.all)}{" "}
          <span className={styles.hints}>
            · <kbd>c</kbd> {texts.hintCreate} · <kbd>/</kbd> {texts.hintSearch} · <kbd>?</kbd> {texts.hintAll}
          </span>
        </p>
      )}
    </>
  );
}

// useSteadyOrder keeps the rows where they are while figures change under them.
function useSteadyOrder<T extends { id: string }>(
  of: string,
  rows: readonly T[] | undefined,
): readonly T[] | undefined {
  const order = useRef<{ of: string; ids: readonly string[] }>({ of, ids: [] });
  const steady = useMemo(() => {
    if (!rows) return undefined;
    return sameOrder(order.current.of === of ? order.current.ids : [], rows, (row) => row.id);
  }, [of, rows]);
  useEffect(() => {
    if (steady) order.current = { of, ids: steady.map((row) => row.id) };
  }, [of, steady]);
  return steady;
}

function NoResult({ filter }: { filter: ListFilter }) {
  return (
    <EmptyState title={texts.noResultTitle} actions={<Button onClick={filter.clear}>{common.clearFilters}</Button>}>
      {texts.noResultBody(filter.described)}
    </EmptyState>
  );
}

function Empty() {
  const { receiver } = useSession();
  return (
    <EmptyState
      title={texts.emptyTitle}
      actions={
        <>
          <Button component={Link} to="/webhooks/create" variant="filled">
            {texts.create}
          </Button>
          {receiver && built.receiver && <ReceiverButton />}
        </>
      }
    >
      {texts.emptyBody}
    </EmptyState>
  );
}

// ReceiverButton makes a webhook for all events that leads to the built-in receiver.
function ReceiverButton() {
  const navigate = useNavigate();
  const address = useReceiverAddress();
  const create = useCreateWebhook();
  const make = async () => {
    const url = await address.mutateAsync();
    const { id } = await create.mutateAsync({ name: texts.receiverName, eventTypes: ["*"], url });
    await navigate(`/webhooks/${id}/settings`, { state: { created: true } });
  };
  return (
    <>
      <Button loading={address.isPending || create.isPending} onClick={() => void make().catch(() => undefined)}>
        {texts.useReceiver}
      </Button>
      <FormError error={address.error ?? create.error} />
    </>
  );
}
