export interface Steady<T> {
  // What is shown, in the order in which it is shown.
  readonly shown: readonly T[];
  // Rows that came since and wait.
  readonly waiting: number;
}

// steady is the next state of a list that somebody reads. Rows change in place and
// never move; what is gone from the list stays until `hold` ends; new rows wait while
// it lasts.
export function steady<T>(
  previous: readonly T[],
  next: readonly T[],
  key: (row: T) => string,
  hold: boolean,
): Steady<T> {
  if (!hold) return { shown: next, waiting: 0 };
  const newest = new Map(next.map((row) => [key(row), row]));
  const known = new Set(previous.map(key));
  return {
    shown: previous.map((row) => newest.get(key(row)) ?? row),
    waiting: next.filter((row) => !known.has(key(row))).length,
  };
}

// sameOrder keeps the order of rows that were there before; new ones come at the end,
// and what is gone goes.
export function sameOrder<T>(previous: readonly string[], next: readonly T[], key: (row: T) => string): readonly T[] {
  const place = new Map(previous.map((k, i) => [k, i]));
  const end = previous.length;
  return [...next]
    .map((row, i) => ({ row, at: place.get(key(row)) ?? end + i }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
}
