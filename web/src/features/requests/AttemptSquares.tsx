import type { DeliveryRow } from "@/api/deliveries";
import { requests as texts } from "@/texts/requests";
import { attemptText } from "@/ui/StatusBadge";
import { Countdown } from "./Countdown";
import styles from "./requests.module.css";

// AttemptSquares are the attempts in their order, one square each, and when the next
// one is.
export function AttemptSquares({ row }: { row: DeliveryRow }) {
  const { attempts } = row;
  const said = attempts.length > 0 ? texts.attemptsOf(attempts.map(attemptText)) : texts.noAttempts;
  return (
    <span className={styles.attempts}>
      <span className={styles.squares} role="img" aria-label={said} title={said}>
        {attempts.slice(-12).map((attempt) => (
          <i key={attempt.number} data-outcome={attempt.outcome} />
        ))}
        {(row.state === "retrying" || row.state === "pending") && <i data-outcome="waiting" />}
      </span>
      {row.state === "retrying" && row.nextAttemptAt && (
        <span className="sub">
          <Countdown at={row.nextAttemptAt} />
        </span>
      )}
    </span>
  );
}
