import { Link } from "react-router";
import type { Delivery } from "@/api/deliveries";
import { built } from "@/lib/built";
import { request as texts } from "@/texts/request";
import { Card } from "@/ui/Card";
import { Instant } from "@/ui/Time";
import styles from "./request.module.css";

// DetailsCard is what belongs to the request and not to one attempt.
export function DetailsCard({ delivery }: { delivery: Delivery }) {
  const { webhook, event, eventId, eventType } = delivery;
  return (
    <Card title={texts.details}>
      <dl className={styles.details}>
        <dt>{texts.webhook}</dt>
        <dd>
          {webhook.deleted ? (
            <>
              {webhook.name} <span className="t3">({texts.deleted})</span>
            </>
          ) : (
            <Link to={`/webhooks/${webhook.id}/settings`}>{webhook.name}</Link>
          )}
        </dd>
        <dt>{texts.event}</dt>
        <dd className="mono">{built.events ? <Link to={`/events/stream/${eventId}`}>{eventId}</Link> : eventId}</dd>
        <dt>{texts.eventType}</dt>
        <dd className="mono">
          {built.events ? (
            <Link to={`/events/catalogue/${encodeURIComponent(eventType)}`}>{eventType}</Link>
          ) : (
            eventType
          )}
        </dd>
        <dt>{texts.accepted}</dt>
        <dd>
          <Instant at={delivery.acceptedAt} />
        </dd>
        <dt>{texts.signature}</dt>
        <dd>{texts.signatureText}</dd>
        {event.source && (
          <>
            <dt>{texts.source}</dt>
            <dd>{event.sourceName ?? event.source}</dd>
          </>
        )}
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
