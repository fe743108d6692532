import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { type EventDetail, eventPayloadQuery, eventQuery } from "@/api/events";
import { useFindPath } from "@/api/lookup";
import { useRetention } from "@/api/session";
import { ApiError, isNotFound } from "@/lib/apiError";
import { bytes, span } from "@/lib/format";
import { tryParseJson } from "@/lib/jsonTokens";
import { json, notFound } from "@/texts/common";
import { events as texts } from "@/texts/events";
import { Card } from "@/ui/Card";
import { CodeBlock, shownChars } from "@/ui/CodeBlock";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorCard } from "@/ui/ErrorCard";
import { FilterChips } from "@/ui/FilterChips";
import { FindById } from "@/ui/FindById";
import { IdText } from "@/ui/IdText";
import { JsonTree } from "@/ui/JsonTree";
import { NotFound } from "@/ui/NotFound";
import { PageHead } from "@/ui/PageHead";
import { StatusBadge } from "@/ui/StatusBadge";
import { Instant, Time } from "@/ui/Time";
import styles from "./events.module.css";
import { FanOutCell } from "./FanOutCell";
import { createPath, typePath } from "./links";

const Find = () => <FindById find={useFindPath()} />;

// One event: its payload, and the requests that came of it.
export function Component() {
  const { eventId = "" } = useParams();
  const event = useQuery(eventQuery(eventId));
  const kept = span(useRetention());
  if (isNotFound(event.error)) {
    return <NotFound title={notFound.object(texts.object, eventId)} body={texts.expired(kept)} search={<Find />} />;
  }
  return (
    <>
      <PageHead
        title={event.data?.eventType ?? texts.object}
        tabTitle={event.data ? `${event.data.eventType} ${texts.object.toLowerCase()}` : texts.object}
        heading={event.data && <span className="mono">{event.data.eventType}</span>}
        crumbs={[{ text: texts.title, to: "/events" }, { text: texts.object }]}
        sub={event.data && <IdText id={event.data.id} what={texts.id} max={24} />}
      />
      {event.error && <ErrorCard error={event.error} onRetry={() => void event.refetch()} />}
      {event.data && (
        <div className={styles.columns}>
          <div className={styles.stack}>
            <Requests event={event.data} />
            <Payload id={eventId} />
          </div>
          <Facts event={event.data} />
        </div>
      )}
    </>
  );
}

type Row = EventDetail["deliveries"][number];

const columns: readonly Column<Row>[] = [
  {
    key: "webhook",
    head: texts.webhook,
    rowHead: true,
    cell: (row) => (
      <Link data-row-link to={`/requests/${row.id}`}>
        {row.webhook.name}
        {row.webhook.deleted && ` (${texts.deleted})`}
      </Link>
    ),
  },
  { key: "status", head: texts.status, cell: (row) => <StatusBadge state={row.state} last={row.attempts.at(-1)} /> },
  { key: "attempts", head: texts.attempts, cell: (row) => row.attempts.length, numeric: true },
  { key: "request", head: texts.request, cell: (row) => <IdText id={row.id} what={texts.request} />, hide: "narrow" },
  { key: "time", head: texts.time, cell: (row) => <Time at={row.lastAttemptAt ?? row.acceptedAt} /> },
];

function Requests({ event }: { event: EventDetail }) {
  return (
    <Card title={texts.fanOut} sub={<FanOutCell event={event} />} flush>
      <DataTable
        caption={texts.fanOutCaption}
        columns={columns}
        rows={event.deliveries}
        rowKey={(row) => row.id}
        empty={
          <EmptyState
            title={texts.noWebhook}
            actions={
              <Button component={Link} to={createPath(event.eventType)}>
                {texts.createFor}
              </Button>
            }
          >
            {texts.noRequests}
          </EmptyState>
        }
      />
    </Card>
  );
}

function Payload({ id }: { id: string }) {
  const payload = useQuery(eventPayloadQuery(id));
  const [view, setView] = useState<"tree" | "raw">("tree");
  const text = payload.data;
  const node = text !== undefined && text.length <= shownChars ? tryParseJson(text) : undefined;
  const gone = payload.error instanceof ApiError && payload.error.status === 410;
  return (
    <Card
      title={texts.payload}
      actions={
        node && (
          <FilterChips
            label={texts.payload}
            value={view}
            onChange={setView}
            chips={[
              { value: "tree", text: json.tree },
              { value: "raw", text: json.raw },
            ]}
          />
        )
      }
    >
      {payload.error && (
        <ErrorCard error={payload.error} {...(gone ? {} : { onRetry: () => void payload.refetch() })} />
      )}
      {text !== undefined &&
        (node && view === "tree" ? (
          <JsonTree node={node} label={texts.payloadLabel} />
        ) : (
          <CodeBlock text={text} label={texts.payloadLabel} wrap />
        ))}
    </Card>
  );
}

function Facts({ event }: { event: EventDetail }) {
  return (
    <Card title={texts.object}>
      <dl className={styles.facts}>
        <dt>{texts.type}</dt>
        <dd>
          <Link to={typePath(event.eventType)} className="mono">
            {event.eventType}
          </Link>
        </dd>
        <dt>{texts.accepted}</dt>
        <dd>
          <Instant at={event.acceptedAt} />
        </dd>
        <dt>{texts.source}</dt>
        <dd>{event.sourceName ?? event.source}</dd>
        <dt>{texts.size}</dt>
        <dd>{bytes(event.size)}</dd>
        {event.idempotencyKey && (
          <>
            <dt>{texts.idempotencyKey}</dt>
            <dd className="mono">{event.idempotencyKey}</dd>
          </>
        )}
      </dl>
    </Card>
  );
}
