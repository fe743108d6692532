import { Button } from "@mantine/core";
import { Check, Clock3, RotateCw, X } from "lucide-react";
import { Link } from "react-router";
import type { Attempt, AttemptRow, Delivery } from "@/api/deliveries";
import { duration } from "@/lib/format";
import { clockTimeMs } from "@/lib/time";
import { request as texts } from "@/texts/request";
import { actions } from "@/texts/requests";
import { Card } from "@/ui/Card";
import { Countdown } from "@/ui/Countdown";
import { useZone } from "@/ui/preferences";
import { attemptText } from "@/ui/StatusBadge";
import styles from "./request.module.css";

interface Props {
  readonly delivery: Delivery;
  readonly selected: number | undefined;
  // The address that chooses an attempt.
  readonly linkTo: (attempt: number) => string;
  readonly state: unknown;
  readonly onTryNow: () => void;
  readonly onStop: () => void;
  readonly busy: boolean;
  // One is under way that somebody asked for.
  readonly waits: boolean;
}

// AttemptsCard are the attempts in their order, and the one to come.
export function AttemptsCard({ delivery, selected, linkTo, state, onTryNow, onStop, busy, waits }: Props) {
  const { attempts } = delivery;
  return (
    <Card title={texts.attempts} flush>
      <ol className={styles.timeline}>
        {attempts.map((attempt, i) => (
          <li key={attempt.number} aria-current={attempt.number === selected ? "true" : undefined}>
            <Link to={linkTo(attempt.number)} state={state} replace preventScrollReset>
              <AttemptLine attempt={attempt} previous={attempts[i - 1]} />
            </Link>
          </li>
        ))}
        {(waits || delivery.state === "pending" || delivery.state === "retrying") && (
          <li>
            <Next delivery={delivery} onTryNow={onTryNow} onStop={onStop} busy={busy} sending={waits} />
          </li>
        )}
      </ol>
    </Card>
  );
}

interface LineProps {
  readonly attempt: AttemptRow & Pick<Partial<Attempt>, "by" | "byName">;
  readonly previous: AttemptRow | undefined;
}

// AttemptLine is an attempt on one line: its number, result, time, and the gap before it.
export function AttemptLine({ attempt, previous }: LineProps) {
  const zone = useZone();
  const good = attempt.outcome === "succeeded";
  const gap = previous
    ? Date.parse(attempt.startedAt) - Date.parse(previous.startedAt) - previous.durationMs
    : undefined;
  return (
    <>
      <span className={styles.mark} data-good={good}>
        {good ? <Check aria-hidden="true" /> : <X aria-hidden="true" />}
      </span>
      <span>
        <b>{texts.attempt(attempt.number)}</b>{" "}
        <span className={`mono ${styles.result}`} data-good={good}>
          {attemptText(attempt)}
        </span>
        <span className={`sub ${styles.when}`}>
          <time dateTime={attempt.startedAt}>{clockTimeMs(attempt.startedAt, zone)}</time> ·{" "}
          {duration(attempt.durationMs)}
          {attempt.trigger === "manual" &&
            ` · ${attempt.by ? texts.resentBy(attempt.byName ?? attempt.by) : texts.resent}`}
        </span>
      </span>
      <span className="sub">{gap === undefined ? texts.first : texts.gap(duration(Math.max(0, gap)))}</span>
    </>
  );
}

type NextProps = Pick<Props, "delivery" | "onTryNow" | "onStop" | "busy"> & { readonly sending: boolean };

function Next({ delivery, onTryNow, onStop, busy, sending }: NextProps) {
  const number = (delivery.attempts.at(-1)?.number ?? 0) + 1;
  const waits = !sending && delivery.state === "retrying" && delivery.nextAttemptAt !== undefined;
  return (
    <div className={styles.next}>
      <span className={styles.mark}>{waits ? <Clock3 aria-hidden="true" /> : <RotateCw aria-hidden="true" />}</span>
      <span>
        <b>{texts.attempt(number)}</b>{" "}
        <span className="sub">
          {waits && delivery.nextAttemptAt ? <Countdown at={delivery.nextAttemptAt} /> : texts.sending}
        </span>
        {waits && (
          <span className={styles.nextActions}>
            <Button size="compact-sm" onClick={onTryNow} loading={busy}>
              {actions.tryNow}
            </Button>
            <Button size="compact-sm" variant="subtle" onClick={onStop} disabled={busy}>
              {actions.stop}
            </Button>
          </span>
        )}
      </span>
    </div>
  );
}
