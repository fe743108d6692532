import type { Schemas } from "@/api/client";
import type { Webhook, WebhookRow } from "@/api/webhooks";

const hours = Array.from({ length: 24 }, (_, i) => ({
  start: new Date(Date.UTC(2026, 10, 23, i)).toISOString(),
  succeeded: i,
  failed: 0,
}));

export const row = (more: Partial<WebhookRow> = {}): WebhookRow => ({
  id: "w1",
  name: "Billing sync",
  url: "https://api.acme.example/hooks",
  devAddress: false,
  eventTypes: ["User.Created"],
  enabled: true,
  version: 1,
  createdAt: "2026-11-20T00:00:00Z",
  health: { requestCount: 20, successCount: 0, retryingCount: 2 },
  hours,
  ...more,
});

export const webhook = (more: Partial<Webhook> = {}): Webhook => ({
  ...row(),
  headers: [{ name: "Authorization", locked: true, updatedAt: "2026-11-03T00:00:00Z" }],
  retryingCount: 2,
  heldCount: 0,
  ...more,
});

export const page = (items: WebhookRow[], counts: Partial<Schemas["WebhookCounts"]> = {}): Schemas["WebhooksPage"] => ({
  items,
  counts: { all: items.length, failing: 0, degraded: 0, healthy: 0, idle: 0, disabled: 0, ...counts },
});

export const session: Schemas["Session"] = {
  state: "signedIn",
  user: { name: "Ana", email: "ana@example.com" },
  tenant: "default",
  scopes: ["emit", "read", "manage", "admin"],
  dev: false,
  receiver: false,
  version: "test",
};

export const eventTypes = (): Schemas["EventTypesPage"] => ({
  items: ["PostSignIn", "User.Created", "User.Deleted"].map((name) => ({
    name,
    group: name.startsWith("User.") ? "User" : "User interaction",
    description: `About ${name}.`,
    builtIn: true,
    deprecated: false,
    hasSchema: false,
    webhookCount: 0,
  })),
});

// What pages around a webhook ask for besides.
export const common = {
  "GET /api/session": () => session,
  "GET /api/event-types": eventTypes,
  "GET /api/overview": () => ({ attention: [] }),
};
