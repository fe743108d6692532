import { Link } from "react-router";
import type { DeliveryRow } from "@/api/deliveries";
import type { Message } from "@/api/receiver";
import { duration } from "@/lib/format";
import { overview as texts } from "@/texts/overview";
import { requests as columnTexts } from "@/texts/requests";
import { AttemptSquares } from "@/ui/AttemptSquares";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { IdText } from "@/ui/IdText";
import { StatusBadge } from "@/ui/StatusBadge";
import { Time } from "@/ui/Time";
import styles from "./overview.module.css";

interface Props {
  readonly rows: readonly DeliveryRow[] | undefined;
  // What the Receiver got: it is joined to the request that it proves.
  readonly received: readonly Message[];
}

// LatestCard are the latest requests of all webhooks, as they happen.
export function LatestCard({ rows, received }: Props) {
  const verdicts = new Map(received.map((message) => [message.deliveryId, message.verdict.result]));
  return (
    <section aria-labelledby="latest">
      <div className={styles.sectionHead}>
        <h2 id="latest">{texts.latest}</h2>
        <Link to="/requests">{texts.allRequests}</Link>
      </div>
      <DataTable
        caption={texts.latest}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        empty={<EmptyState title={texts.noneYet}>{texts.noneYetBody}</EmptyState>}
        skeletonRows={4}
        detail={(row) => {
          const verdict = verdicts.get(row.id);
          return verdict && <Joined verdict={verdict} />;
        }}
      />
    </section>
  );
}

function Joined({ verdict }: { verdict: Message["verdict"]["result"] }) {
  return <span className={styles.joined}>{texts.received(texts.lowVerdicts[verdict])}</span>;
}

const columns: Column<DeliveryRow>[] = [
  {
    key: "status",
    head: columnTexts.status,
    phone: "beside",
    cell: (row) => <StatusBadge state={row.state} last={row.attempts.at(-1)} />,
  },
  {
    key: "event",
    head: columnTexts.event,
    rowHead: true,
    phone: "rest",
    cell: (row) => (
      <Link data-row-link to={`/requests/${row.id}`} className="mono">
        {row.eventType}
      </Link>
    ),
  },
  {
    key: "webhook",
    head: columnTexts.webhook,
    hide: "narrow",
    cell: (row) => <span className="wrap">{row.webhook.name}</span>,
  },
  { key: "attempts", head: columnTexts.attempts, cell: (row) => <AttemptSquares row={row} /> },
  {
    key: "duration",
    head: columnTexts.duration,
    numeric: true,
    hide: "medium",
    cell: (row) => {
      const last = row.attempts.at(-1);
      return last && duration(last.durationMs);
    },
  },
  {
    key: "time",
    head: columnTexts.time,
    cell: (row) => (
      <span className="t2">
        <Time at={row.acceptedAt} />
      </span>
    ),
  },
  {
    key: "id",
    head: columnTexts.id,
    hide: "narrow",
    cell: (row) => <IdText id={row.id} what={columnTexts.id} max={11} />,
  },
];
