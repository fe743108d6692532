import type { Overview, OverviewWindow } from "@/api/overview";
import { cappedCount, count, duration, rate } from "@/lib/format";
import { overview as texts } from "@/texts/overview";
import styles from "./overview.module.css";
import { changeOf, changeOfRate } from "./trend";

// Tiles are the four figures of a span of time, with how they were in the span before.
export function Tiles({ data, window }: { data: Overview; window: OverviewWindow }) {
  const { health, previous, inProgress } = data;
  const period = texts.periods[window];
  const { requestCount, successCount } = health;
  return (
    <dl className={styles.tiles} aria-label={texts.figures}>
      <Tile
        name={texts.successRate}
        value={rate(successCount, requestCount) ?? texts.none}
        sub={requestCount > 0 ? texts.of(successCount, requestCount) : undefined}
        change={said(changeOfRate(health, previous), texts.points, period)}
      />
      <Tile
        name={texts.requests}
        value={count(requestCount)}
        change={said(changeOf(requestCount, previous?.requestCount), texts.percent, period)}
      />
      <Tile
        name={texts.p95}
        value={data.p95Ms === undefined ? "–" : `≤ ${duration(data.p95Ms)}`}
        sub={data.p95Ms === undefined ? undefined : texts.p95Help}
      />
      <Tile name={texts.waiting} value={cappedCount(inProgress.retrying)} sub={unstarted(inProgress)} />
    </dl>
  );
}

function said(change: number | undefined, text: (n: number) => string, period: string): string | undefined {
  if (change === undefined) return undefined;
  return change === 0 ? texts.same(period) : texts.before(text(change), period);
}

// What waits as well, if anything does.
function unstarted({ pending, held }: Overview["inProgress"]): string | undefined {
  const parts = [
    ...(pending.n > 0 ? [texts.pending(cappedCount(pending))] : []),
    ...(held.n > 0 ? [texts.held(cappedCount(held))] : []),
  ];
  return parts.join(", ") || undefined;
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly sub?: string | undefined;
  readonly change?: string | undefined;
}

const Tile = ({ name, value, sub, change }: TileProps) => (
  <div className={styles.tile}>
    <dt>{name}</dt>
    <dd className={styles.value}>{value}</dd>
    {sub && <dd className="sub">{sub}</dd>}
    {change && <dd className="sub">{change}</dd>}
  </div>
);
