import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One request that an endpoint got. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The member "event" of the payload. */
  readonly event: string;
  /** The event's id: webhook-id. */
  readonly id: string;
}

/** What an endpoint does with a request. */
export type Behaviour =
  | { status: number; body?: string | Buffer; headers?: Record<string, string> }
  /** Answers with these bytes, which need not be HTTP, and closes. */
  | { raw: string }
  /** Reads the request and never answers. */
  | "hang"
  /** Reads the request and closes the connection. */
  | "drop";

export const ok: Behaviour = { status: 200, body: "received" };

/** Endpoint is a receiver on loopback that misbehaves on demand and records what it got. */
export class Endpoint {
  readonly received: Received[] = [];
  /** Decides about each request; `plan` goes first. */
  behave: (request: Received) => Behaviour = () => ok;
  /** What is done with the next requests, in order. */
  readonly plan: Behaviour[] = [];

  private readonly sockets = new Set<Socket>();
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async listen(): Promise<Endpoint> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = new Endpoint(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("connection", (socket) => {
      endpoint.sockets.add(socket);
      socket.on("close", () => endpoint.sockets.delete(socket));
    });
    server.on("request", (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const body = Buffer.concat(chunks);
        const request: Received = {
          method: incoming.method ?? "",
          path: incoming.url ?? "",
          headers: incoming.headers,
          body,
          event: eventOf(body),
          id: String(incoming.headers["webhook-id"] ?? ""),
        };
        endpoint.received.push(request);
        act(endpoint.plan.shift() ?? endpoint.behave(request), outgoing);
        for (const look of endpoint.waiting) look();
      });
    });
    return endpoint;
  }

  /** An address of it. */
  url(path = "/hooks"): string {
    return this.origin + path;
  }

  /** Waits until it has got this many requests that fit. */
  async got(count: number, fits: (request: Received) => boolean = () => true, within = 20_000): Promise<Received[]> {
    return new Promise((resolve, reject) => {
      const give = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`the endpoint got ${this.received.filter(fits).length} requests, want ${count}`));
      }, within);
      const look = () => {
        const found = this.received.filter(fits);
        if (found.length < count) return;
        clearTimeout(give);
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

function act(behaviour: Behaviour, outgoing: ServerResponse): void {
  if (behaviour === "hang") return;
  if (behaviour === "drop") {
    outgoing.socket?.destroy();
    return;
  }
  if ("raw" in behaviour) {
    outgoing.socket?.end(behaviour.raw);
    return;
  }
  outgoing.writeHead(behaviour.status, { "content-type": "text/plain; charset=utf-8", ...behaviour.headers });
  outgoing.end(behaviour.body ?? "");
}

function eventOf(body: Buffer): string {
  try {
    const payload: unknown = JSON.parse(body.toString("utf8"));
    return typeof payload === "object" && payload !== null && "event" in payload ? String(payload.event) : "";
  } catch {
    return "";
  }
}

/** Whether both signatures of a request are those of the signing key over its body. */
export function signedBy(request: Pick<Received, "headers" | "body">, signingKey: string): boolean {
  const { headers, body } = request;
  const stamp = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`;
  const standard = createHmac("sha256", signingKey).update(stamp).update(body).digest("base64");
  const logto = createHmac("sha256", signingKey).update(body).digest("hex");
  const all = String(headers["webhook-signature"] ?? "").split(" ");
  return (
    all.some((one) => same(one, `v1,${standard}`)) && same(String(headers["logto-signature-sha-256"] ?? ""), logto)
  );
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
