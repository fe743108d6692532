import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

/** One request of the page and its answer, as they went over the wire. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly requestHeaders: Readonly<Record<string, string | string[] | undefined>>;
  requestBody: Buffer;
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The answer's bytes, decompressed; what has come so far while the exchange is open. */
  body: Buffer;
  /** The answer has not ended yet. */
  open: boolean;
  /** The test has refused it: it never reached the server. */
  cut: boolean;
}

/** What the wire does with a request: pass it on, close the connection, or never answer. */
export type Fate = "pass" | "cut" | "hang";

/** What the wire does with event streams: pass them on, or hold every byte back like a buffering proxy. */
export type Streams = "pass" | "buffer" | "cut";

/**
 * Wire stands between the browser and the server like a reverse proxy. It changes
 * nothing, records everything, and can lose or hold back what a test asks for.
 */
export class Wire {
  readonly exchanges: Exchange[] = [];
  streams: Streams = "pass";
  /** A promise holds the request back until the test lets it go. */
  fate: (method: string, url: URL) => Fate | Promise<Fate> = () => "pass";

  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });
  private readonly sockets = new Set<Socket>();
  private target = { host: "", port: 0 };

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async listen(host: string): Promise<Wire> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, host, resolve);
    });
    const { port } = server.address() as AddressInfo;
    const wire = new Wire(server, `http://${host}:${port}`);
    server.keepAliveTimeout = 60_000;
    server.on("connection", (socket) => {
      wire.sockets.add(socket);
      socket.on("close", () => wire.sockets.delete(socket));
    });
    server.on("request", (incoming, outgoing) => void wire.pass(incoming, outgoing));
    return wire;
  }

  /** Everything is passed on to this port from now on. */
  to(host: string, port: number): void {
    this.target = { host, port };
  }

  /** Exchanges with the API whose path ends like this. */
  calls(method: string, path: RegExp): Exchange[] {
    return this.exchanges.filter((x) => x.method === method && path.test(x.url.pathname));
  }

  /** The event streams that are open now. */
  openStreams(): Exchange[] {
    return this.exchanges.filter((x) => x.open && x.url.pathname.endsWith("/api/stream"));
  }

  /** Ends the event streams that are open, as a proxy that restarts does. */
  dropStreams(): void {
    for (const stream of this.openStreams()) this.ends.get(stream)?.();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.agent.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private readonly ends = new Map<Exchange, () => void>();

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const method = incoming.method ?? "GET";
    const url = new URL(incoming.url ?? "/", this.origin);
    const exchange: Exchange = {
      method,
      url,
      requestHeaders: incoming.headers,
      requestBody: Buffer.alloc(0),
      status: 0,
      headers: {},
      body: Buffer.alloc(0),
      open: true,
      cut: false,
    };
    this.exchanges.push(exchange);
    const fate = this.streams === "cut" && url.pathname.endsWith("/api/stream") ? "cut" : await this.fate(method, url);
    if (fate !== "pass") {
      exchange.cut = true;
      const ended = () => {
        exchange.open = false;
      };
      outgoing.once("close", ended);
      if (fate === "cut") incoming.socket.destroy();
      return;
    }
    const sent: Buffer[] = [];
    const onward = httpRequest({
      ...this.target,
      agent: this.agent,
      method,
      path: incoming.url,
      headers: incoming.rawHeaders,
      setHost: false,
    });
    const end = () => {
      exchange.open = false;
      onward.destroy();
      incoming.socket.destroy();
    };
    this.ends.set(exchange, end);
    onward.on("error", () => {
      exchange.open = false;
      incoming.socket.destroy();
    });
    onward.on("response", (answer) => this.answer(exchange, answer, outgoing));
    incoming.on("data", (chunk: Buffer) => sent.push(chunk));
    incoming.on("end", () => {
      exchange.requestBody = Buffer.concat(sent);
    });
    incoming.pipe(onward);
    outgoing.on("close", () => {
      exchange.open = false;
      if (!outgoing.writableFinished) onward.destroy();
    });
  }

  private answer(exchange: Exchange, answer: IncomingMessage, outgoing: ServerResponse): void {
    exchange.status = answer.statusCode ?? 0;
    exchange.headers = answer.headers;
    const stream = String(answer.headers["content-type"] ?? "").startsWith("text/event-stream");
    const received: Buffer[] = [];
    const keep = () => {
      exchange.body = decoded(Buffer.concat(received), String(answer.headers["content-encoding"] ?? ""));
    };
    answer.on("data", (chunk: Buffer) => {
      received.push(chunk);
      if (stream) keep();
    });
    answer.on("error", () => outgoing.destroy());
    answer.on("end", () => {
      keep();
      exchange.open = false;
    });
    if (stream && this.streams === "buffer") return; // not even the head goes out
    outgoing.writeHead(exchange.status, answer.rawHeaders);
    outgoing.flushHeaders();
    answer.pipe(outgoing);
  }
}

function decoded(bytes: Buffer, encoding: string): Buffer {
  switch (encoding) {
    case "gzip":
      return gunzipSync(bytes);
    case "br":
      return brotliDecompressSync(bytes);
    default:
      return bytes;
  }
}
