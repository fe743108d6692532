import { test as texts } from "@/texts/webhooks";
import { Tag } from "@/ui/Badge";
import { Instant } from "@/ui/Time";
import type { PastRun } from "./pastRuns";
import styles from "./webhooks.module.css";

// EarlierRuns says what the tests before came to.
export function EarlierRuns({ runs }: { runs: readonly PastRun[] }) {
  if (runs.length === 0) return null;
  return (
    <details className={styles.earlier}>
      <summary>{texts.earlier(runs.length)}</summary>
      <ol>
        {runs.map((run) => (
          <Run key={run.at} run={run} />
        ))}
      </ol>
    </details>
  );
}

function Run({ run }: { run: PastRun }) {
  const failed = run.results.filter((one) => !one.good);
  return (
    <li>
      <Instant at={run.at} /> <b>{texts.summary(run.results.length - failed.length, run.results.length)}</b>{" "}
      <span className="t2 wrap">{texts.sentToHost(run.host)}</span> {run.unsaved && <Tag>{texts.unsaved}</Tag>}
      {failed.length > 0 && (
        <ul>
          {failed.map((one) => (
            <li key={one.event}>
              <span className="mono">{one.event}</span>: {one.text}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
