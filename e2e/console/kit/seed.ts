import { type Api, type Delivery, userCreated, userDeleted, type Webhook } from "./api.ts";
import type { Endpoint } from "./endpoint.ts";

/** What a seeded server holds, for tests that need a name or an id of each kind. */
export interface Seed {
  healthy: Webhook;
  failing: Webhook;
  disabled: Webhook;
  idle: Webhook;
  /** Four attempts: 503, 503, 503, 200. */
  retried: Delivery;
  /** Four attempts, all 503. */
  failed: Delivery;
  succeeded: Delivery;
  /** An event that no webhook wanted. */
  unmatched: string;
  /** An event type of the server's own, with a schema. */
  eventType: string;
}

/** Fills a server with something of every kind, all of it delivered for real. */
export async function seed(api: Api, endpoint: Endpoint): Promise<Seed> {
  endpoint.behave = (request) => {
    if (request.path === "/failing") return { status: 503, body: "upstream connect error" };
    return { status: 200, body: '{"ok":true}', headers: { "content-type": "application/json" } };
  };
  const healthy = await api.webhook({
    name: "Billing sync",
    url: endpoint.url("/billing"),
    eventTypes: [userCreated, userDeleted],
    headers: [
      { name: "x-env", value: "production" },
      { name: "authorization", value: `Bearer canary-${crypto.randomUUID()}`, locked: true },
    ],
  });
  const failing = await api.webhook({
    name: "Data warehouse",
    url: endpoint.url("/failing"),
    eventTypes: ["PostSignIn"],
  });
  const disabled = await api.webhook({ name: "Staging", url: endpoint.url("/staging"), eventTypes: ["Scope.*"] });
  await api.change(disabled.id, { enabled: false });
  const idle = await api.webhook({ name: "Mobile push", url: endpoint.url("/push"), eventTypes: ["Organization.*"] });
  const eventType = "Invoice.Paid";
  await api.call("POST", "/api/event-types", {
    name: eventType,
    group: "Invoice",
    description: "An invoice was paid in full.",
    schema: {
      type: "object",
      properties: { amount: { type: "integer", description: "In cents." } },
      required: ["amount"],
    },
    example: { event: eventType, amount: 4200 },
  });

  const succeeded = await api.delivered(userCreated, { data: { id: "u_1" } });
  const failed = await api.delivered("PostSignIn", { userId: "u_19d2" });
  endpoint.plan.push(...Array(3).fill({ status: 503, body: "upstream connect error" }));
  const retried = await api.delivered(userDeleted, { params: { userId: "u_19d2" }, sequence: 1 });
  const unmatched = (await api.emit("Role.Created", { data: { id: "r_1" } })).id;
  return { healthy, failing, disabled, idle, retried, failed, succeeded, unmatched, eventType };
}
