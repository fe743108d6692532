import { Button, Popover } from "@mantine/core";
import { Link } from "react-router";
import type { WebhookRow } from "@/api/webhooks";
import { count, truncateMiddle } from "@/lib/format";
import { common } from "@/texts/common";
import { webhooks as texts } from "@/texts/webhooks";
import { Tag } from "@/ui/Badge";
import type { Column } from "@/ui/DataTable";
import { RateBadge } from "@/ui/RateBadge";
import { Time } from "@/ui/Time";
import { HoursCell } from "./HoursCell";
import { WebhookMenu } from "./WebhookMenu";
import styles from "./webhooks.module.css";

type Sort = NonNullable<Column<WebhookRow>["sort"]>;

// columnsOf are the columns of the list; sort makes the heads of those that sort.
export function columnsOf(sort: (ascending: string, descending: string) => Sort): Column<WebhookRow>[] {
  return [
    {
      key: "name",
      head: texts.name,
      rowHead: true,
      cell: (w) => <NameCell webhook={w} />,
      sort: sort("name", "-name"),
    },
    { key: "events", head: texts.events, cell: (w) => <EventsCell webhook={w} />, hide: "narrow" },
    { key: "rate", head: texts.rate, cell: (w) => <RateCell webhook={w} />, sort: sort("successRate", "-successRate") },
    {
      key: "requests",
      head: texts.requests,
      cell: (w) => <span title={texts.requests}>{count(w.health.requestCount)}</span>,
      numeric: true,
      sort: sort("requests", "-requests"),
    },
    { key: "hours", head: texts.lastDay, cell: (w) => <HoursCell webhook={w} />, hide: "medium" },
    { key: "last", head: texts.last, cell: (w) => <LastCell webhook={w} />, hide: "narrow" },
    { key: "menu", head: common.actions, cell: (w) => <WebhookMenu webhook={w} />, quiet: true },
  ];
}

function NameCell({ webhook }: { webhook: WebhookRow }) {
  return (
    <span className={styles.nameCell}>
      <Link to={`/webhooks/${webhook.id}/settings`} data-row-link>
        {webhook.name}
      </Link>
      <span className={styles.urlLine}>
        <span className="mono t3" title={webhook.url}>
          {truncateMiddle(webhook.url, 44)}
        </span>
        {webhook.devAddress && <Tag>{texts.devAddress}</Tag>}
      </span>
    </span>
  );
}

// What is listed is said in full by the button for the rest.
function EventsCell({ webhook }: { webhook: WebhookRow }) {
  const { eventTypes } = webhook;
  if (eventTypes.includes("*")) return <span className="t2">{texts.allEvents}</span>;
  const rest = eventTypes.length - 2;
  return (
    <span className={styles.events}>
      <span className={styles.eventsText}>{eventTypes.slice(0, 2).join(", ")}</span>
      {rest > 0 && (
        <Popover position="bottom">
          <Popover.Target>
            <Button size="compact-sm" aria-label={texts.moreEventsOf(webhook.name)} className={styles.more ?? ""}>
              {texts.moreEvents(rest)}
            </Button>
          </Popover.Target>
          <Popover.Dropdown aria-label={texts.moreEventsOf(webhook.name)}>
            <ul className={styles.plain}>
              {eventTypes.map((name) => (
                <li key={name} className="mono">
                  {name}
                </li>
              ))}
            </ul>
          </Popover.Dropdown>
        </Popover>
      )}
    </span>
  );
}

const RateCell = ({ webhook: w }: { webhook: WebhookRow }) => (
  <RateBadge
    successes={w.health.successCount}
    total={w.health.requestCount}
    enabled={w.enabled}
    suspended={!!w.suspendedAt}
  />
);

function LastCell({ webhook: { lastDelivery } }: { webhook: WebhookRow }) {
  if (!lastDelivery) return <span className="t3">{common.never}</span>;
  return (
    <span className={styles.last}>
      <span className={styles.dot} data-state={lastDelivery.state} aria-hidden="true" />
      <span className="hidden-visually">{lastDelivery.state}, </span>
      <Time at={lastDelivery.at} />
    </span>
  );
}
