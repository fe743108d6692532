import { Check, CircleDashed, Clock3, Pause, RotateCw, X } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { EventRow } from "@/api/events";
import { count } from "@/lib/format";
import { states } from "@/texts/common";
import { events as texts } from "@/texts/events";
import styles from "./events.module.css";
import { createPath } from "./links";

const icons: Record<string, ReactNode> = {
  succeeded: <Check />,
  failed: <X />,
  retrying: <RotateCw />,
  pending: <Clock3 />,
  held: <Pause />,
  cancelled: <CircleDashed />,
};

// FanOutCell says where an event went and what came of it, or why it went nowhere.
export function FanOutCell({ event }: { event: EventRow }) {
  const { total, byState } = event.fanOut;
  if (total === 0) return <Unmatched event={event} />;
  return (
    <span className={styles.fanOut}>
      {texts.webhooks(total)}
      {Object.entries(byState)
        .filter(([, n]) => n > 0)
        .map(([state, n]) => (
          <span key={state} className={styles.share} data-state={state}>
            {count(n)}
            <span aria-hidden="true">{icons[state]}</span>
            <span className="hidden-visually"> {states[state as keyof typeof states]}</span>
          </span>
        ))}
    </span>
  );
}

function Unmatched({ event }: { event: EventRow }) {
  if (event.unmatchedReason === "webhooks_disabled") return <span className="t2">{texts.disabledWebhook}</span>;
  return (
    <span className={styles.fanOut}>
      <span className="t2">{texts.noWebhook}</span>
      <Link to={createPath(event.eventType)} aria-label={texts.createForType(event.eventType)}>
        {texts.createFor}
      </Link>
    </span>
  );
}
