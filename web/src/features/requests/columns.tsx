import { ActionIcon } from "@mantine/core";
import { ChevronRight } from "lucide-react";
import { Link } from "react-router";
import type { DeliveryRow } from "@/api/deliveries";
import { duration } from "@/lib/format";
import { common } from "@/texts/common";
import { requests as texts } from "@/texts/requests";
import { AttemptSquares } from "@/ui/AttemptSquares";
import { Tag } from "@/ui/Badge";
import { type Column, detailId } from "@/ui/DataTable";
import { IdText } from "@/ui/IdText";
import { StatusBadge } from "@/ui/StatusBadge";
import { Time } from "@/ui/Time";
import { RequestMenu, type RowActions } from "./RequestMenu";
import styles from "./requests.module.css";
import type { Opened } from "./useOpened";

interface Options {
  // Where the page of a request is.
  readonly pathOf: (row: DeliveryRow) => string;
  // Told when a row is opened, with what the link carries.
  readonly state: unknown;
  readonly withWebhook: boolean;
  // Only what tells rows apart, as beside the panel.
  readonly narrow: boolean;
  readonly unfit: (row: DeliveryRow) => boolean;
  readonly actions: RowActions;
  readonly opened: Opened;
}

export function columnsOf({
  pathOf,
  state,
  withWebhook,
  narrow,
  unfit,
  actions,
  opened,
}: Options): Column<DeliveryRow>[] {
  const status: Column<DeliveryRow> = {
    key: "status",
    head: texts.status,
    phone: "beside",
    cell: (row) => (
      <span className={unfit(row) ? styles.unfit : undefined}>
        <StatusBadge state={row.state} last={row.attempts.at(-1)} /> {unfit(row) && <Tag>{texts.noLonger}</Tag>}
      </span>
    ),
  };
  const event: Column<DeliveryRow> = {
    key: "event",
    head: texts.event,
    rowHead: true,
    phone: "rest",
    cell: (row) => (
      <Link data-row-link to={pathOf(row)} state={state} className="mono">
        {row.eventType}
      </Link>
    ),
  };
  const time: Column<DeliveryRow> = {
    key: "time",
    head: texts.time,
    cell: (row) => (
      <span className="t2">
        <Time at={row.acceptedAt} />
      </span>
    ),
  };
  if (narrow) return [status, event, time];
  const webhook: Column<DeliveryRow> = {
    key: "webhook",
    head: texts.webhook,
    cell: (row) => (
      <span className={styles.webhook} title={row.webhook.name}>
        {row.webhook.name}
      </span>
    ),
  };
  return [
    status,
    event,
    ...(withWebhook ? [webhook] : []),
    { key: "attempts", head: texts.attempts, cell: (row) => <AttemptsCell row={row} opened={opened} /> },
    { key: "duration", head: texts.duration, numeric: true, hide: "narrow", cell: (row) => <Duration row={row} /> },
    time,
    { key: "id", head: texts.id, hide: "medium", cell: (row) => <IdText id={row.id} what={texts.id} max={11} /> },
    {
      key: "menu",
      head: common.actions,
      quiet: true,
      cell: (row) => <RequestMenu row={row} to={pathOf(row)} {...actions} />,
    },
  ];
}

function AttemptsCell({ row, opened }: { row: DeliveryRow; opened: Opened }) {
  const open = opened.has(row.id);
  return (
    <span className={styles.attempts}>
      <ActionIcon
        data-row-toggle
        aria-expanded={open}
        aria-controls={open ? detailId(row.id) : undefined}
        aria-label={texts.attemptsOf(`${row.eventType} ${row.id}`)}
        onClick={() => opened.toggle(row.id)}
      >
        <ChevronRight className="icon" />
      </ActionIcon>
      <AttemptSquares row={row} />
    </span>
  );
}

function Duration({ row }: { row: DeliveryRow }) {
  const last = row.attempts.at(-1);
  if (!last) return null;
  const end = Date.parse(last.startedAt) + last.durationMs;
  return <span title={texts.total(duration(end - Date.parse(row.acceptedAt)))}>{duration(last.durationMs)}</span>;
}
