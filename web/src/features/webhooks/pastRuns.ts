import { useEffect, useState } from "react";
import { isObject } from "@/lib/apiError";
import { attemptText } from "@/ui/StatusBadge";
import { isDone, isGood, type TestRow, type TestRun } from "./useTestRun";

// What is remembered of a run of tests: what each event came to, in the words of its
// badge. Requests, answers and addresses may hold secrets, and are not remembered.
export interface PastRun {
  readonly at: string;
  readonly host: string;
  readonly unsaved: boolean;
  readonly results: readonly PastResult[];
}

interface PastResult {
  readonly event: string;
  readonly good: boolean;
  readonly text: string;
}

export const runsKept = 5;

const keyOf = (webhook: string): string => `tidings.tests.${webhook}`;

// usePastRuns are the last runs of a webhook's tests in this tab, the newest first. A run
// is one of them once every event has its result.
export function usePastRuns(webhook: string, run: TestRun | undefined): readonly PastRun[] {
  const [past, setPast] = useState<readonly PastRun[]>(() => read(webhook));
  useEffect(() => {
    if (!run?.rows.every(isDone)) return;
    setPast((known) => {
      const next = [summed(run), ...known.filter((one) => one.at !== run.at)].slice(0, runsKept);
      write(webhook, next);
      return next;
    });
  }, [webhook, run]);
  return past;
}

const summed = ({ at, url, unsaved, rows }: TestRun): PastRun => ({
  at,
  host: hostOf(url),
  unsaved,
  results: rows.map(resultOf),
});

const resultOf = (row: TestRow): PastResult => ({
  event: row.event,
  good: isGood(row),
  text: row.result ? attemptText(row.result.attempt) : String(row.error?.status || row.error?.code || ""),
});

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return "";
  }
}

// What is kept may be anything, and storage may be forbidden or full.
function read(webhook: string): PastRun[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(keyOf(webhook)) ?? "[]");
    return Array.isArray(value) ? value.filter(isPastRun).slice(0, runsKept) : [];
  } catch {
    return [];
  }
}

function write(webhook: string, runs: readonly PastRun[]): void {
  try {
    sessionStorage.setItem(keyOf(webhook), JSON.stringify(runs));
  } catch {
    // Remembered as long as the page.
  }
}

const isPastRun = (value: unknown): value is PastRun =>
  isObject(value) &&
  typeof value.at === "string" &&
  typeof value.host === "string" &&
  typeof value.unsaved === "boolean" &&
  Array.isArray(value.results) &&
  value.results.every(isPastResult);

const isPastResult = (value: unknown): value is PastResult =>
  isObject(value) &&
  typeof value.event === "string" &&
  typeof value.good === "boolean" &&
  typeof value.text === "string";
