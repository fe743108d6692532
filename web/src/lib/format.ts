const whole = new Intl.NumberFormat("en");

export const count = (n: number): string => whole.format(n);

export const plural = (n: number, one: string, many: string): string => `${count(n)} ${n === 1 ? one : many}`;

// A capped count says so: 10,000+.
export const cappedCount = (c: { n: number; capped: boolean }): string => count(c.n) + (c.capped ? "+" : "");

// Floored to two decimals, so that 100% is said only when nothing failed.
export function rate(successes: number, total: number): string | undefined {
  if (total <= 0) return undefined;
  if (successes >= total) return "100%";
  const hundredths = Number((BigInt(successes) * 10000n) / BigInt(total));
  return `${(hundredths / 100).toFixed(2)}%`;
}

export type HealthLevel = "failing" | "degraded" | "healthy" | "idle";

// Below 90 % is failing, below 99 % degraded; exact, without rounding.
export function healthLevel(successes: number, total: number): HealthLevel {
  if (total <= 0) return "idle";
  if (successes * 100 < total * 90) return "failing";
  return successes * 100 < total * 99 ? "degraded" : "healthy";
}

export function duration(ms: number): string {
  if (ms < 1) return "< 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes(n: number): string {
  if (n < 1024) return n === 1 ? "1 byte" : `${n} bytes`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = n;
  let unit = "";
  for (const next of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

// The middle gives way: beginnings and ends tell identifiers and addresses apart.
export function truncateMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const keep = max - 1;
  const head = Math.ceil(keep / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (keep - head))}`;
}

// A span of time in its largest whole unit: 24 hours, 7 days, 90 minutes.
export function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const whole = (unit: number, least = 1) => seconds % unit === 0 && seconds >= unit * least;
  if (whole(86_400, 2)) return plural(seconds / 86_400, "day", "days");
  if (whole(3600)) return plural(seconds / 3600, "hour", "hours");
  return whole(60) ? plural(seconds / 60, "minute", "minutes") : plural(seconds, "second", "seconds");
}
