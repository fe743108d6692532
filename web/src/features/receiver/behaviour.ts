export const fields = ["status", "failNext", "delayMs", "failPercent"] as const;
export type NumberField = (typeof fields)[number];

// As the API bounds them.
export const bounds: Record<NumberField, readonly [number, number]> = {
  status: [200, 599],
  failNext: [0, 1000],
  delayMs: [0, 30_000],
  failPercent: [0, 100],
};

// readNumber is the number that was typed, or undefined if it is none or out of bounds.
export function readNumber(field: NumberField, text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^\d{1,6}$/.test(trimmed)) return undefined;
  const [low, high] = bounds[field];
  const n = Number(trimmed);
  return n >= low && n <= high ? n : undefined;
}
