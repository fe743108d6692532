import { instantOf } from "@/lib/time";
import type { RequestFilter } from "./filters";

// rangeSpan is the time that a filter is about.
export function rangeSpan(filter: RequestFilter, now: number): { from: number; to: number } {
  return { from: instantOf(filter.from, now) ?? 0, to: instantOf(filter.to, now) ?? now };
}

// isGone says whether a filter is only about what is not kept any more.
export const isGone = (filter: RequestFilter, now: number, kept: number): boolean =>
  rangeSpan(filter, now).to < now - kept;
