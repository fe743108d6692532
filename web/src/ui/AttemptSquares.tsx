import { attempts as texts } from "@/texts/common";
import { Countdown } from "./Countdown";
import { type AttemptResult, attemptText, type DeliveryState } from "./StatusBadge";
import styles from "./ui.module.css";

interface Row {
  readonly state: DeliveryState;
  readonly nextAttemptAt?: string | undefined;
  readonly attempts: readonly (AttemptResult & { readonly number: number })[];
}

// AttemptSquares are the attempts in their order, one square each, and when the next
// one is.
export function AttemptSquares({ row }: { row: Row }) {
  const { attempts } = row;
  const said = attempts.length > 0 ? texts.of(attempts.map(attemptText)) : texts.none;
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
