import { Button } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type PointerEvent, useId, useState } from "react";
import { count } from "@/lib/format";
import { clockTime, dayOf } from "@/lib/time";
import { chart as texts } from "@/texts/common";
import { type Bucket, bars } from "./Bars";
import styles from "./chart.module.css";
import { useZone } from "./preferences";

interface Props {
  readonly title: string;
  // undefined while they are loaded: then there are no figures.
  readonly buckets: readonly Bucket[] | undefined;
  readonly height?: number;
  // The length of a bucket; the last one may be cut short.
  readonly stepMs: number;
  // Told the times that were clicked or dragged over.
  readonly onRange?: (from: string, to: string) => void;
  // What is chosen of it.
  readonly selected?: { readonly from: number; readonly to: number } | undefined;
}

// HourChart are requests over time, stacked, with a table in its place for people who
// want the numbers.
export function HourChart(props: Props) {
  const { title, buckets = [] } = props;
  const [asTable, setAsTable] = useState(false);
  const [at, setAt] = useState<number>();
  const id = useId();
  const zone = useZone();
  const total = buckets.reduce((sum, b) => sum + b.succeeded + b.failed, 0);
  const failed = buckets.reduce((sum, b) => sum + b.failed, 0);
  const hovered = at === undefined ? undefined : buckets[at];
  return (
    <div className={styles.hours}>
      <div className={styles.bar}>
        <span id={id} className={styles.title}>
          {title}
        </span>
        {props.buckets && (
          <span className="sub">
            {hovered
              ? texts.bar(clockTime(hovered.start, zone).slice(0, 5), hovered.succeeded, hovered.failed)
              : texts.sum(total, failed)}
          </span>
        )}
        <Button className={styles.toggle ?? ""} size="compact-sm" variant="subtle" onClick={() => setAsTable(!asTable)}>
          {asTable ? texts.chart : texts.table}
        </Button>
      </div>
      {asTable ? (
        <HourTable buckets={buckets} caption={`${title}, ${texts.byHour}`} />
      ) : (
        <HourBars
          {...props}
          buckets={buckets}
          label={props.buckets ? texts.label(title, total, failed) : title}
          at={at}
          onAt={setAt}
        />
      )}
    </div>
  );
}

type BarsProps = Omit<Props, "buckets"> & {
  readonly buckets: readonly Bucket[];
  readonly label: string;
  readonly at: number | undefined;
  readonly onAt: (at: number | undefined) => void;
};

function HourBars({ buckets, height = 56, stepMs, onRange, selected, label, at, onAt }: BarsProps) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const [from, setFrom] = useState<number>();
  const zone = useZone();
  const most = Math.max(0, ...buckets.map((b) => b.succeeded + b.failed));
  const { ok, bad, none } = bars(buckets, Math.max(width, 1), height);
  const step = width / Math.max(1, buckets.length);

  const indexOf = (event: PointerEvent<SVGSVGElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const i = Math.floor(((event.clientX - box.left) / box.width) * buckets.length);
    return Math.min(buckets.length - 1, Math.max(0, i));
  };
  function end(event: PointerEvent<SVGSVGElement>) {
    if (from === undefined) return;
    const to = indexOf(event);
    setFrom(undefined);
    const first = buckets[Math.min(from, to)];
    const last = buckets[Math.max(from, to)];
    if (first && last) onRange?.(first.start, new Date(Date.parse(last.start) + stepMs).toISOString());
  }
  const drag = from !== undefined && at !== undefined ? [Math.min(from, at), Math.max(from, at) + 1] : undefined;
  const chosen = selected ? spanOf(buckets, stepMs, selected) : undefined;
  return (
    <div className={styles.plot}>
      <div className={styles.scale} aria-hidden="true">
        <span>{most > 0 && count(most)}</span>
        {most > 1 && <span>{most % 2 === 0 ? count(most / 2) : ""}</span>}
        <span>0</span>
      </div>
      <div ref={ref}>
        <svg
          className={styles.chart}
          height={height}
          role="img"
          aria-label={label}
          data-choose={onRange ? true : undefined}
          onPointerDown={(event) => {
            if (!onRange || event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            setFrom(indexOf(event));
            onAt(indexOf(event));
          }}
          onPointerMove={(event) => onAt(indexOf(event))}
          onPointerLeave={() => onAt(undefined)}
          onPointerUp={end}
          onPointerCancel={() => setFrom(undefined)}
        >
          {chosen && (
            <rect
              className={styles.selection}
              x={chosen[0] * step}
              width={(chosen[1] - chosen[0]) * step}
              height={height}
            />
          )}
          {at !== undefined && !drag && <rect className={styles.hover} x={at * step} width={step} height={height} />}
          {drag && (
            <rect
              className={styles.selection}
              x={(drag[0] ?? 0) * step}
              width={((drag[1] ?? 0) - (drag[0] ?? 0)) * step}
              height={height}
            />
          )}
          <path d={none} className={styles.none} />
          <path d={ok} className={styles.ok} />
          <path d={bad} className={styles.bad} />
          <path d={bad} fill="url(#hatch)" />
        </svg>
        <div className={styles.ticks} aria-hidden="true">
          {[...new Set([0, Math.floor(buckets.length / 2)])].map((i) => (
            <span key={i}>{buckets[i] && clockTime(buckets[i].start, zone).slice(0, 5)}</span>
          ))}
          <span>{texts.now}</span>
        </div>
      </div>
    </div>
  );
}

// spanOf is which buckets a span of time covers, as far as it does.
export function spanOf(
  buckets: readonly Bucket[],
  stepMs: number,
  { from, to }: { readonly from: number; readonly to: number },
): readonly [number, number] | undefined {
  const start = Date.parse(buckets[0]?.start ?? "");
  if (Number.isNaN(start)) return undefined;
  const clamp = (ms: number) => Math.min(buckets.length, Math.max(0, (ms - start) / stepMs));
  const span = [clamp(from), clamp(to)] as const;
  return span[1] > span[0] ? span : undefined;
}

function HourTable({ buckets, caption }: { buckets: readonly Bucket[]; caption: string }) {
  const zone = useZone();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section className={styles.table} tabIndex={0} aria-label={caption}>
      <table>
        <caption className="hidden-visually">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.hour}</th>
            <th scope="col" className="num">
              {texts.succeeded}
            </th>
            <th scope="col" className="num">
              {texts.failed}
            </th>
          </tr>
        </thead>
        <tbody>
          {buckets.map((b) => (
            <tr key={b.start}>
              <th scope="row">
                {dayOf(b.start, zone)}, {clockTime(b.start, zone).slice(0, 5)}
              </th>
              <td className="num">{count(b.succeeded)}</td>
              <td className="num">{count(b.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
