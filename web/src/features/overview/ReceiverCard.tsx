import { Check, CircleHelp, X } from "lucide-react";
import { Link } from "react-router";
import { overview as texts } from "@/texts/overview";
import { Badge } from "@/ui/Badge";
import { Card } from "@/ui/Card";
import { IdText } from "@/ui/IdText";
import { Time } from "@/ui/Time";
import styles from "./overview.module.css";
import type { Received } from "./useReceived";

const shown = 5;

const looks = {
  valid: { tone: "ok", icon: <Check /> },
  invalid: { tone: "bad", icon: <X /> },
  unchecked: { tone: "mute", icon: <CircleHelp /> },
} as const;

// ReceiverCard is what the built-in Receiver got last, with what it thinks of the
// signatures.
export function ReceiverCard({ received: { inbox, messages } }: { received: Received }) {
  return (
    <Card
      title={texts.receiver}
      flush
      actions={
        <Link to={`/receiver/${inbox}`} className={styles.small}>
          {texts.openReceiver}
        </Link>
      }
    >
      {messages.length === 0 ? (
        <p className={styles.calm}>{texts.nothingReceived}</p>
      ) : (
        <ul className={styles.list}>
          {messages.slice(0, shown).map((message) => {
            const { result } = message.verdict;
            return (
              <li key={message.number}>
                <span className={styles.lineHead}>
                  <Badge tone={looks[result].tone} icon={looks[result].icon}>
                    {texts.verdicts[result]}
                  </Badge>
                  <span className="sub">
                    <Time at={message.receivedAt} />
                  </span>
                </span>
                <Link to={`/receiver/${inbox}/${message.number}`} className="mono">
                  {message.eventType ?? message.method}
                </Link>
                {message.deliveryId && <IdText id={message.deliveryId} what={texts.id} max={11} />}
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}
