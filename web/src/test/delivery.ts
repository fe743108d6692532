import type { Attempt, Delivery } from "@/api/deliveries";

// Attempts, and the delivery that they belong to, for tests.

export function attempt(number: number, change: Partial<Attempt> = {}): Attempt {
  return {
    number,
    outcome: "failed",
    trigger: number === 1 ? "event" : "retry",
    startedAt: `2026-11-23T07:41:1${number}.000Z`,
    durationMs: 1_000,
    reused: false,
    request: { method: "POST", url: "https://ingest.acme.example/v1?key=x", headers: [], size: 1_887_437 },
    phases: { dns: 4, connect: 15, tls: 22, wait: 10_000, read: null },
    ...change,
  };
}

export const answered = (number: number, status: number, headers: [string, string][] = []) =>
  attempt(number, {
    status,
    outcome: status < 300 ? "succeeded" : "failed",
    ...(status < 300 ? {} : { reason: status >= 500 ? "status_5xx" : status >= 400 ? "status_4xx" : "redirect" }),
    response: { status, headers, size: 10, truncated: false },
  });

export function delivery(state: Delivery["state"], attempts: Attempt[], change: Partial<Delivery> = {}): Delivery {
  return {
    id: "d1",
    eventId: "e1",
    eventType: "User.Deleted",
    event: { id: "e1" },
    webhook: { id: "w1", name: "Data warehouse", deleted: false },
    state,
    acceptedAt: "2026-11-23T07:41:11.000Z",
    attempts,
    ...change,
  };
}
