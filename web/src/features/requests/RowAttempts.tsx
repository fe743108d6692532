import { Clock3 } from "lucide-react";
import { Link } from "react-router";
import type { DeliveryRow } from "@/api/deliveries";
import { attempts as attemptTexts } from "@/texts/common";
import { request as requestTexts } from "@/texts/request";
import { requests as texts } from "@/texts/requests";
import { Countdown } from "@/ui/Countdown";
import { AttemptLine } from "./AttemptsCard";
import { type RequestFilter, writeFilter } from "./filters";
import requestStyles from "./request.module.css";
import styles from "./requests.module.css";

interface Props {
  readonly row: DeliveryRow;
  // The page of the request, and the filter that it carries.
  readonly to: string;
  readonly filter: RequestFilter;
}

// RowAttempts are the attempts of a row under it. Each leads to what was sent with it
// and what came back.
export function RowAttempts({ row, to, filter }: Props) {
  const { attempts } = row;
  const waits = row.state === "retrying" && row.nextAttemptAt;
  if (attempts.length === 0 && !waits) return <p className="sub">{attemptTexts.none}</p>;
  return (
    <ol
      className={`${requestStyles.timeline} ${styles.under}`}
      aria-label={texts.attemptsOf(`${row.eventType} ${row.id}`)}
    >
      {attempts.map((attempt, i) => (
        <li key={attempt.number}>
          <Link to={`${to}?${searchOf(filter, attempt.number)}`} state={{ panel: true }}>
            <AttemptLine attempt={attempt} previous={attempts[i - 1]} />
          </Link>
        </li>
      ))}
      {waits && row.nextAttemptAt && (
        <li className={requestStyles.next}>
          <span className={requestStyles.mark}>
            <Clock3 aria-hidden="true" />
          </span>
          <span>
            <b>{requestTexts.attempt((attempts.at(-1)?.number ?? 0) + 1)}</b>{" "}
            <span className="sub">
              <Countdown at={row.nextAttemptAt} />
            </span>
          </span>
        </li>
      )}
    </ol>
  );
}

export function searchOf(filter: RequestFilter, attempt: number): string {
  const params = writeFilter(new URLSearchParams(), filter);
  params.set("attempt", String(attempt));
  return params.toString();
}
