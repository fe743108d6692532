import type { Api } from "./api.ts";
import type { Contract } from "./contract.ts";
import type { Server } from "./server.ts";

/** Where the page showed or received something. */
export interface Sighting {
  where: string;
  text: string;
  at: number;
}

interface Canary {
  name: string;
  value: string;
  /** Operations whose answer may hold it. */
  answers: string[];
}

const ofKey = ["GetWebhookSigningKey", "RotateWebhookSigningKey"];

/** Canaries are secrets that must show up nowhere but in the create or reveal that asked for them. */
export class Canaries {
  readonly sightings: Sighting[] = [];
  private readonly watched: Canary[] = [];
  private readonly allowed: { value: string; from: number; to: number }[] = [];

  watch(name: string, value: string, ...answers: string[]): void {
    if (value.length < 12) throw new Error(`${name} is too short to be told apart`);
    if (!this.watched.some((canary) => canary.value === value)) this.watched.push({ name, value, answers });
  }

  sighted(where: string, text: string): void {
    this.sightings.push({ where, text, at: Date.now() });
  }

  /** While the work runs, the page may show the secrets. Afterwards it may not, nor keep it anywhere. */
  async revealing<T>(values: string[] | (() => string[]), work: () => Promise<T>): Promise<T> {
    const from = Date.now();
    try {
      return await work();
    } finally {
      const to = Date.now();
      for (const value of typeof values === "function" ? values() : values) this.allowed.push({ value, from, to });
    }
  }

  /** Adds the secrets that the server holds, and what the wire has seen. */
  async gather(server: Server, api: Api): Promise<void> {
    if (server.apiKey !== "") await this.ofServer(server, api);
    for (const exchange of server.wire.exchanges) {
      for (const cookie of [exchange.headers["set-cookie"] ?? []].flat()) {
        const value = cookie.split(";")[0]?.split("=").slice(1).join("=") ?? "";
        if (value.length >= 12) this.watch("a session token", value);
      }
    }
  }

  private async ofServer(server: Server, api: Api): Promise<void> {
    this.watch("the bootstrap API key", server.apiKey);
    for (const webhook of await api.webhooks()) {
      const keys = await api.signingKey(webhook.id);
      this.watch(`the signing key of ${webhook.name}`, keys.signingKey, ...ofKey);
      this.watch(`the Standard Webhooks secret of ${webhook.name}`, keys.standardWebhooksSecret, ...ofKey);
    }
  }

  /** Where secrets have been seen that must not be there. */
  leaks(server: Server, contract: Contract): string[] {
    const found: string[] = [];
    for (const canary of this.watched) {
      for (const exchange of server.wire.exchanges) {
        const path = exchange.url.pathname.slice(server.prefix.length);
        const operation = contract.operation(exchange.method, path)?.id ?? "";
        if (exchange.url.href.includes(canary.value))
          found.push(`${canary.name} in the URL of ${exchange.method} ${path}`);
        if (canary.answers.includes(operation)) continue;
        if (exchange.body.includes(canary.value))
          found.push(`${canary.name} in the answer of ${exchange.method} ${path}`);
      }
      for (const { where, text, at } of this.sightings) {
        if (!text.includes(canary.value)) continue;
        const may = this.allowed.some((a) => a.value === canary.value && a.from <= at && at <= a.to);
        if (!may) found.push(`${canary.name} in ${where}: ${excerpt(text, canary.value)}`);
      }
      if (server.privateLog.includes(canary.value)) found.push(`${canary.name} in the log of the server`);
    }
    return [...new Set(found)];
  }
}

function excerpt(text: string, value: string): string {
  const at = text.indexOf(value);
  return `${text.slice(Math.max(0, at - 80), at)}[…]${text.slice(at + value.length, at + value.length + 40)}`;
}
