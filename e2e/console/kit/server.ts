import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wire } from "./wire.ts";

/** How a server is started. */
export interface ServerOptions {
  /** Development mode: http and loopback endpoints, the receiver. On unless said otherwise. */
  dev?: boolean;
  /** The path under which everything is served, such as "/some/prefix". */
  prefix?: string;
  /** The address on which browsers reach it. */
  host?: string;
  /** Further flags of `tidings serve`. */
  flags?: string[];
}

/** The binary under test. */
export const binary = process.env.TIDINGS_BIN ?? join(import.meta.dirname, "../../../bin/tidings");

const startsWithin = 20_000;

/** Server is a `tidings serve` of its own, on a temporary database, behind a Wire. */
export class Server {
  /** All that it has written to its log and to its standard output. */
  log = "";
  private exit: Promise<number | null>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly wire: Wire,
    /** Where the browser finds it, with the prefix, without a slash at the end. */
    readonly base: string,
    /** Where it listens itself, with the prefix: requests to it are not recorded. */
    readonly direct: string,
    readonly prefix: string,
    readonly dev: boolean,
    readonly apiKey: string,
  ) {
    this.exit = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
    for (const output of [child.stdout, child.stderr]) {
      output?.setEncoding("utf8").on("data", (text: string) => {
        this.log += text;
      });
    }
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const host = options.host ?? "127.0.0.1";
    const prefix = options.prefix ?? "";
    const dev = options.dev ?? true;
    const apiKey = `canary-api-key-${crypto.randomUUID()}`;
    const folder = await mkdtemp(join(tmpdir(), "tidings-console-"));
    const wire = await Wire.listen(host);
    const port = await freePort(host);
    const base = wire.origin + prefix;
    const child = spawn(
      binary,
      [
        "serve",
        `--dev=${dev}`,
        ...["--listen", `${host}:${port}`, "--ops-listen", "", "--base-url", base],
        ...["--database", `sqlite:${join(folder, "tidings.db")}`, "--max-disk", "100%", "--log-format", "json"],
        ...(options.flags ?? []),
      ],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env.PATH ?? "", HOME: folder, TIDINGS_BOOTSTRAP_API_KEY: apiKey },
      },
    );
    wire.to(host, port);
    const direct = `http://${host}:${port}${prefix}`;
    const server = new Server(child, folder, wire, base, direct, prefix, dev, apiKey);
    await server.seen(/server\.listening/, startsWithin);
    return server;
  }

  /** The one-time link that the server prints while it has no administrator. */
  async setupLink(): Promise<URL> {
    const [link] = await this.seen(/https?:\/\/[^\s"]+\/console\/setup#token=[\w-]+/, startsWithin);
    return new URL(link);
  }

  /** Waits until the log has a text. */
  async seen(text: RegExp, within: number): Promise<RegExpMatchArray> {
    const until = Date.now() + within;
    for (;;) {
      const found = this.log.match(text);
      if (found) return found;
      if (this.child.exitCode !== null || Date.now() > until) {
        throw new Error(`the server did not write ${text}:\n${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The lines of the log that tell of a fault of the server's own. */
  faults(): string[] {
    return this.log.split("\n").filter((line) => /"level":"ERROR"|^panic:|DATA RACE/.test(line));
  }

  async stop(): Promise<void> {
    await this.wire.close();
    this.child.kill("SIGTERM");
    const forced = setTimeout(() => this.child.kill("SIGKILL"), 20_000);
    const code = await this.exit;
    clearTimeout(forced);
    await rm(this.folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.log}`);
  }
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
