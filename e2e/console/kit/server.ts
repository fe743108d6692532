import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
  /** Has its administrator from the start, as an unattended installation does. On unless said otherwise. */
  admin?: boolean;
  /** Has an API key from the start, for the kit. On unless said otherwise. */
  key?: boolean;
  /** The waits before retries; short unless a test wants to see one. */
  retries?: string;
  /** Further flags of `tidings serve`. */
  flags?: string[];
}

/** The administrator of the servers that tests start. */
export const admin = { name: "Ada Lovelace", email: "ada@example.com", password: "correct horse battery" };

/** The binary under test. */
export const binary = process.env.TIDINGS_BIN ?? join(import.meta.dirname, "../../../bin/tidings");

const startsWithin = 20_000;

/** What Server knows once its process runs. */
interface Process {
  child: ChildProcess;
  wire: Wire;
  folder: string;
  host: string;
  port: number;
  prefix: string;
  dev: boolean;
  apiKey: string;
  /** A demonstration prints its API key for the person at the terminal. */
  demo: boolean;
  /** How the process is asked to end. */
  end: () => void;
}

/** Server is the built binary in a process of its own, on a temporary database, behind a Wire. */
export class Server {
  /** All that it has written to its log and to its standard output. */
  log = "";
  readonly wire: Wire;
  readonly prefix: string;
  readonly dev: boolean;
  apiKey: string;
  /** Where the browser finds it, with the prefix, without a slash at the end. */
  readonly base: string;
  /** Where it listens itself, with the prefix: requests to it are not recorded. */
  readonly direct: string;
  private readonly exit: Promise<number | null>;

  private constructor(private readonly process: Process) {
    const { child, wire, host, port, prefix, dev, apiKey } = process;
    this.wire = wire;
    this.prefix = prefix;
    this.dev = dev;
    this.apiKey = apiKey;
    this.base = wire.origin + prefix;
    this.direct = `http://${host}:${port}${prefix}`;
    wire.to(host, port);
    this.exit = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
    for (const output of [child.stdout, child.stderr]) {
      output?.setEncoding("utf8").on("data", (text: string) => {
        this.log += text;
      });
    }
  }

  /** Starts `tidings serve`. */
  static async start(options: ServerOptions = {}): Promise<Server> {
    const {
      host = "127.0.0.1",
      prefix = "",
      dev = true,
      admin: has = true,
      key = true,
      retries = "100ms,100ms,100ms",
      flags = [],
    } = options;
    const apiKey = key ? `canary-api-key-${crypto.randomUUID()}` : "";
    const folder = await mkdtemp(join(tmpdir(), "tidings-console-"));
    await writeFile(join(folder, "password"), admin.password, { mode: 0o600 });
    const unattended = { TIDINGS_ADMIN_EMAIL: admin.email, TIDINGS_ADMIN_PASSWORD_FILE: join(folder, "password") };
    const wire = await Wire.listen(host);
    const port = await freePort(host);
    const args = [
      "serve",
      `--dev=${dev}`,
      ...["--listen", `${host}:${port}`, "--ops-listen", "", "--base-url", wire.origin + prefix],
      ...["--database", `sqlite:${join(folder, "tidings.db")}`, "--max-disk", "100%", "--log-format", "json"],
      ...["--retry-schedule", retries],
      ...flags,
    ];
    const child = spawn(binary, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH ?? "",
        HOME: folder,
        ...(key ? { TIDINGS_BOOTSTRAP_API_KEY: apiKey } : {}),
        ...(has ? unattended : {}),
      },
    });
    const end = () => void child.kill("SIGTERM");
    const server = new Server({ child, wire, folder, host, port, prefix, dev, apiKey, demo: false, end });
    await server.seen(/server\.listening/, startsWithin);
    return server;
  }

  /** Starts `tidings demo` on a terminal, as a person does. */
  static async demo(...flags: string[]): Promise<Server> {
    const host = "127.0.0.1";
    const folder = await mkdtemp(join(tmpdir(), "tidings-console-"));
    const wire = await Wire.listen(host);
    const port = await freePort(host);
    const command = ["exec", binary, "demo", "--listen", `${host}:${port}`, ...flags].join(" ");
    const child = spawn("script", ["--quiet", "--flush", "--return", "--command", command, "/dev/null"], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: folder, TERM: "dumb" },
    });
    const end = () => void child.stdin?.write("\x03");
    const server = new Server({ child, wire, folder, host, port, prefix: "", dev: true, apiKey: "", demo: true, end });
    const [, key = ""] = await server.seen(/API key: +(\S+)/, startsWithin);
    server.apiKey = key;
    return server;
  }

  /** The one-time link that the server prints while it has no administrator. */
  async setupLink(): Promise<URL> {
    const [link] = await this.seen(/https?:\/\/[^\s"]+\/console\/setup#token=[\w-]+/, startsWithin);
    return new URL(link);
  }

  /** The one-time link that a demonstration prints, on the wire. */
  async startLink(): Promise<URL> {
    const [, fragment = ""] = await this.seen(/\/console\/start(#t=[\w-]+)/, startsWithin);
    return new URL(`${this.base}/console/start${fragment}`);
  }

  /** Waits until the log has a text. */
  async seen(text: RegExp, within: number): Promise<RegExpMatchArray> {
    const until = Date.now() + within;
    for (;;) {
      const found = this.log.match(text);
      if (found) return found;
      if (this.process.child.exitCode !== null || Date.now() > until) {
        throw new Error(`the server did not write ${text}:\n${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The log, which no secret may get into. */
  get privateLog(): string {
    return this.process.demo ? "" : this.log;
  }

  /** The lines of the log that tell of a fault of the server's own. */
  faults(): string[] {
    return this.log.split("\n").filter((line) => /"level":"ERROR"|^panic:|DATA RACE/.test(line));
  }

  async stop(): Promise<void> {
    await this.wire.close();
    this.process.end();
    const forced = setTimeout(() => this.process.child.kill("SIGKILL"), 20_000);
    const code = await this.exit;
    clearTimeout(forced);
    await rm(this.process.folder, { recursive: true, force: true });
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
