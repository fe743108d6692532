import { table } from "@/texts/common";
import styles from "./ui.module.css";

export interface Bucket {
  readonly start: string;
  readonly succeeded: number;
  readonly failed: number;
}

interface Props {
  readonly name: string;
  readonly buckets: readonly Bucket[];
  readonly width?: number;
  readonly height?: number;
  // The hour under the pointer.
  readonly at?: number | undefined;
}

// Bars are the hours of a day, stacked: failed ones above, hatched. The sentence says
// what they come to; pages have the numbers as text as well.
export function Bars({ name, buckets, width = 96, height = 24, at }: Props) {
  const step = width / Math.max(1, buckets.length);
  const { ok, bad, none } = bars(buckets, width, height);
  return (
    <svg className={styles.bars} width={width} height={height} role="img" aria-label={hoursText(name, buckets)}>
      {at !== undefined && <rect className={styles.barAt} x={at * step} width={step} height={height} />}
      <path d={none} className={styles.barNone} />
      <path d={ok} className={styles.barOk} />
      <path d={bad} className={styles.barBad} />
      <path d={bad} fill="url(#hatch)" />
    </svg>
  );
}

// hoursText is the sentence that bars come to.
export function hoursText(name: string, buckets: readonly Bucket[]): string {
  const total = buckets.reduce((sum, b) => sum + b.succeeded + b.failed, 0);
  return table.hours(
    name,
    total,
    buckets.reduce((sum, b) => sum + b.failed, 0),
  );
}

export function bars(buckets: readonly Bucket[], width: number, height: number) {
  const most = Math.max(1, ...buckets.map((b) => b.succeeded + b.failed));
  const step = width / Math.max(1, buckets.length);
  const paths = { ok: "", bad: "", none: "" };
  for (const [i, b] of buckets.entries()) {
    const x = round(i * step);
    const w = round(step - 1);
    const okHeight = scaled(b.succeeded, most, height);
    const badHeight = Math.min(height - okHeight, scaled(b.failed, most, height));
    if (b.succeeded > 0) paths.ok += box(x, height - okHeight, w, okHeight);
    if (b.failed > 0) paths.bad += box(x, height - okHeight - badHeight, w, badHeight);
    if (b.succeeded + b.failed === 0) paths.none += box(x, height - 1, w, 1);
  }
  return paths;
}

// What there is shows, however little it is beside the most.
const scaled = (n: number, most: number, height: number): number =>
  n === 0 ? 0 : Math.min(height, Math.max(1.5, round((n / most) * height)));

const round = (n: number): number => Math.round(n * 10) / 10;

const box = (x: number, y: number, w: number, h: number): string => `M${x} ${round(y)}h${w}v${h}h${-w}z`;

// BarPattern is the hatching; the shell has it once.
export const BarPattern = () => (
  <svg width="0" height="0" aria-hidden="true" className={styles.pattern}>
    <defs>
      <pattern id="hatch" width="3" height="3" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="1" height="3" className={styles.hatch} />
      </pattern>
    </defs>
  </svg>
);
