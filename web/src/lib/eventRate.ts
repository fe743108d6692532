const minute = 60_000;
const day = 24 * 60;

export interface EventRate {
  readonly perMinute: number;
  // Whether it is the average of the last 24 hours; else it is that of the newest events.
  readonly ofDay: boolean;
}

// eventRate is how often events happen, by the newest of the last 24 hours: all of them, or
// as many as a page has when there are more.
export function eventRate(acceptedAt: readonly string[], more: boolean, now: number): EventRate {
  const oldest = acceptedAt.at(-1);
  if (!more || oldest === undefined) return { perMinute: acceptedAt.length / day, ofDay: true };
  const minutes = Math.max(now - Date.parse(oldest), 1_000) / minute;
  return { perMinute: acceptedAt.length / minutes, ofDay: false };
}

// Two digits are enough to decide by.
export function perMinuteText(perMinute: number): string {
  if (perMinute > 0 && perMinute < 0.01) return "less than 0.01";
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 2 }).format(perMinute);
}
