import type { Server } from "./server.ts";

/** The catalogue's event types that most tests use. */
export const userCreated = "User.Created";
export const userDeleted = "User.Deleted";

export interface WebhookInput {
  name: string;
  url: string;
  eventTypes?: string[];
  headers?: { name: string; value?: string; locked?: boolean }[];
}

export interface Webhook {
  id: string;
  name: string;
  url: string;
  eventTypes: string[];
  enabled: boolean;
  version: number;
}

export interface Delivery {
  id: string;
  eventId: string;
  eventType: string;
  state: string;
  attempts: { number: number; outcome: string; status?: number; trigger: string }[];
}

/** Api makes the states that tests need: it calls the server with an API key, past the wire. */
export class Api {
  constructor(private readonly server: Server) {}

  async call<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const answer = await this.try(method, path, body, headers);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** A call whose answer may be a refusal. A string is sent as it is. */
  async try(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.server.direct + path, {
      method,
      headers: {
        authorization: `Bearer ${this.server.apiKey}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  async webhook(input: WebhookInput): Promise<Webhook> {
    const headers = (input.headers ?? []).map((header) => ({ locked: false, ...header }));
    return this.call("POST", "/api/webhooks", { eventTypes: [userCreated], ...input, headers });
  }

  async webhooks(): Promise<Webhook[]> {
    const all: Webhook[] = [];
    for (let cursor = ""; ; ) {
      const query = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await this.call<{ items: Webhook[]; next?: string | null }>(
        "GET",
        `/api/webhooks?limit=100${query}`,
      );
      all.push(...page.items);
      if (!page.next) return all;
      cursor = page.next;
    }
  }

  /** Changes a webhook, whatever version it has. */
  async change(id: string, changes: Record<string, unknown>): Promise<Webhook> {
    const now = await this.try("GET", `/api/webhooks/${id}`);
    await now.arrayBuffer();
    return this.call("PATCH", `/api/webhooks/${id}`, changes, { "if-match": now.headers.get("etag") ?? "" });
  }

  async signingKey(id: string): Promise<{ signingKey: string; standardWebhooksSecret: string }> {
    return this.call("GET", `/api/webhooks/${id}/signing-key`);
  }

  /** Hands over an event; a string is the payload as it is. */
  async emit(
    event: string,
    payload: Record<string, unknown> | string = {},
  ): Promise<{ id: string; deliveries: number }> {
    return this.call("POST", "/api/events", typeof payload === "string" ? payload : { event, ...payload });
  }

  async deliveries(query = ""): Promise<Delivery[]> {
    return (await this.call<{ items: Delivery[] }>("GET", `/api/deliveries?limit=100${query}`)).items;
  }

  /** The delivery of an event, once it is in one of these states. */
  async settled(eventId: string, states = ["succeeded", "failed"], within = 20_000): Promise<Delivery> {
    const until = Date.now() + within;
    for (;;) {
      const found = (await this.deliveries(`&q=${eventId}`)).find((d) => d.eventId === eventId);
      if (found && states.includes(found.state)) return found;
      if (Date.now() > until) throw new Error(`the delivery of ${eventId} is ${found?.state ?? "missing"}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Emits an event and waits until it has been delivered or has failed. */
  async delivered(event: string, payload: Record<string, unknown> | string = {}): Promise<Delivery> {
    return this.settled((await this.emit(event, payload)).id);
  }
}
