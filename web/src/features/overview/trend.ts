interface Rates {
  readonly requestCount: number;
  readonly successCount: number;
}

// changeOf is by how many percent a number differs from the one before; unknown where
// there was none.
export function changeOf(now: number, before: number | undefined): number | undefined {
  if (!before) return undefined;
  return Math.round(((now - before) / before) * 100);
}

// changeOfRate is by how many hundredths of a percent the success rate differs.
export function changeOfRate(now: Rates, before: Rates | undefined): number | undefined {
  if (!before?.requestCount || !now.requestCount) return undefined;
  const points = (now.successCount / now.requestCount - before.successCount / before.requestCount) * 100;
  return Math.round(points * 100) / 100;
}
