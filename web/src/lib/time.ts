export type Zone = "local" | "utc";

const options = (zone: Zone): Intl.DateTimeFormatOptions => (zone === "utc" ? { timeZone: "UTC" } : {});

const part = (date: Date, zone: Zone, extra: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat("en-GB", { ...options(zone), ...extra }).format(date);

export const clockTime = (iso: string | number | Date, zone: Zone): string =>
  part(new Date(iso), zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

export const clockTimeMs = (iso: string | number | Date, zone: Zone): string =>
  part(new Date(iso), zone, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
  });

export const dayOf = (iso: string | number | Date, zone: Zone): string =>
  part(new Date(iso), zone, { day: "numeric", month: "short", year: "numeric" });

// 23 Nov 2026, 07:41:12, with the zone where it is not the reader's own.
export function absolute(iso: string | number | Date, zone: Zone): string {
  return `${dayOf(iso, zone)}, ${clockTime(iso, zone)}${zone === "utc" ? " UTC" : ""}`;
}

// Relative within 24 hours in both directions; undefined beyond.
export function relative(iso: string | number | Date, now: number): string | undefined {
  const seconds = (now - new Date(iso).getTime()) / 1000;
  const size = Math.abs(seconds);
  if (size >= 86400) return undefined;
  const text =
    size < 5
      ? undefined
      : size < 60
        ? `${Math.floor(size)} s`
        : size < 3600
          ? `${Math.floor(size / 60)} min`
          : `${Math.floor(size / 3600)} h`;
  if (text === undefined) return seconds >= 0 ? "just now" : "now";
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

// How long the text of relative() stays true.
export function nextChange(iso: string | number | Date, now: number): number {
  const size = Math.abs(now - new Date(iso).getTime());
  if (size < 60_000) return 1_000;
  return size < 3_600_000 ? 15_000 : 60_000;
}

export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

// The ends of a range in an address: "-1h" stays relative, anything else is an instant.
export function instantOf(text: string | null | undefined, now: number): number | undefined {
  if (!text) return undefined;
  const found = /^-(\d{1,6})([smhd])$/.exec(text);
  if (found) return now - Number(found[1]) * (unitMs[found[2] ?? ""] ?? 0);
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

// The value of a field for date and time, in the zone of the reader, and back.
export function toField(ms: number, zone: Zone): string {
  const date = new Date(ms);
  const shifted = zone === "utc" ? date : new Date(ms - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

export function fromField(text: string, zone: Zone): string | undefined {
  if (!text) return undefined;
  const date = new Date(zone === "utc" ? `${text}Z` : text);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
