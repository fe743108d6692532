export const expiries = ["never", "d30", "d90", "d365"] as const;
export type Expiry = (typeof expiries)[number];

const days: Record<Expiry, number | undefined> = { never: undefined, d30: 30, d90: 90, d365: 365 };

// expiresAt is the instant at which a key made now ends, if it does.
export function expiresAt(expiry: Expiry, now: number): string | undefined {
  const n = days[expiry];
  return n === undefined ? undefined : new Date(now + n * 86_400_000).toISOString();
}
