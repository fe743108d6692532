import type { BrowserContext, ConsoleMessage, Page } from "@playwright/test";
import { Api } from "./api.ts";
import type { Canaries } from "./canaries.ts";
import type { Contract } from "./contract.ts";
import { observe } from "./observe.ts";
import type { Server } from "./server.ts";
import type { Exchange } from "./wire.ts";

/** A refusal that a test provokes. */
interface Expected {
  status: number;
  method: string;
  path: RegExp;
  seen: number;
}

/**
 * Recorder watches everything that the pages of a browser context do. What must
 * never happen in any test is a problem, and `problems` must be empty at its end.
 */
export class Recorder {
  /** Dialogs that scripts opened: alert is what hostile strings would call. */
  readonly dialogs: string[] = [];
  private readonly found: string[] = [];
  private readonly expected: Expected[] = [];
  private readonly consoleErrors: { text: string; url: string }[] = [];
  private interactionCount = 0;
  private cutExpected = false;

  constructor(
    private readonly server: Server,
    private readonly contract: Contract,
    private readonly canaries: Canaries,
  ) {}

  async attach(context: BrowserContext): Promise<void> {
    await context.exposeBinding("__observed", ({ page }, kind: string, texts: string[]) => {
      if (kind === "interaction") this.interactionCount += texts.length;
      else if (kind === "violation") this.found.push(`Content Security Policy violated: ${texts.join(" ")}`);
      else for (const text of texts) this.canaries.sighted(`the DOM of ${new URL(page.url()).pathname}`, text);
    });
    await context.addInitScript(observe);
    context.on("page", (page) => this.watch(page));
    context.on("console", (message) => this.console(message));
    context.on("weberror", (error) => this.found.push(`an error in the page: ${error.error().stack}`));
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol === "data:" || url.protocol === "blob:" || url.protocol === "about:") return;
      if (url.origin !== this.server.wire.origin) this.found.push(`a request to another origin: ${request.url()}`);
    });
    for (const page of context.pages()) this.watch(page);
  }

  /** How many clicks and runs of key strokes the pages have got. */
  get interactions(): number {
    return this.interactionCount;
  }

  /** The test provokes this refusal; it must come. */
  expect(status: number, method: string, path: RegExp): void {
    this.expected.push({ status, method, path, seen: 0 });
  }

  /** The test cuts connections: the browser will say so in its console. */
  expectCuts(): void {
    this.cutExpected = true;
  }

  /** Looks at what the pages hold right now. */
  async look(context: BrowserContext): Promise<void> {
    for (const page of context.pages()) {
      if (page.isClosed() || !page.url().startsWith("http")) continue;
      const held = await page.evaluate(async () => {
        const all = (storage: Storage) =>
          Array.from({ length: storage.length }, (_, i) => {
            const key = storage.key(i) ?? "";
            return `${key}=${storage.getItem(key)}`;
          }).join("\n");
        return {
          dom: document.documentElement.outerHTML,
          values: [...document.querySelectorAll<HTMLInputElement>("input, textarea")]
            .map((field) => field.value)
            .join("\n"),
          localStorage: all(localStorage),
          sessionStorage: all(sessionStorage),
          cookies: document.cookie,
          history: JSON.stringify(history.state) ?? "",
          databases: JSON.stringify(await indexedDB.databases()),
          caches: "caches" in globalThis ? (await caches.keys()).join() : "",
          url: location.href,
          title: document.title,
          entries: performance
            .getEntries()
            .map((entry) => entry.name)
            .join("\n"),
        };
      });
      for (const [where, text] of Object.entries(held))
        this.canaries.sighted(`${where} of ${new URL(page.url()).pathname}`, text);
      if (held.databases !== "[]") this.found.push(`the page keeps databases: ${held.databases}`);
      if (held.caches !== "") this.found.push(`the page keeps caches: ${held.caches}`);
    }
  }

  /** All that must not have happened. */
  async problems(context: BrowserContext): Promise<string[]> {
    await this.look(context);
    await this.canaries.gather(this.server, new Api(this.server));
    const found = [...this.found];
    for (const exchange of this.server.wire.exchanges) found.push(...this.ofExchange(exchange));
    for (const expected of this.expected) {
      if (expected.seen === 0) found.push(`no ${expected.status} came for ${expected.method} ${expected.path}`);
    }
    for (const { text, url } of this.consoleErrors) {
      if (!this.explained(text, url)) found.push(`in the browser's console: ${text} (${url})`);
    }
    for (const dialog of this.dialogs) found.push(`a script opened a dialog: ${dialog}`);
    found.push(...this.canaries.leaks(this.server, this.contract));
    found.push(...this.server.faults().map((line) => `in the log of the server: ${line}`));
    return [...new Set(found)];
  }

  private ofExchange(exchange: Exchange): string[] {
    // The server itself delivers to its own receiver.
    if (exchange.cut || String(exchange.requestHeaders["user-agent"]).startsWith("Tidings/")) return [];
    const path = exchange.url.pathname.slice(this.server.prefix.length);
    const found: string[] = [];
    if (!exchange.url.pathname.startsWith(this.server.prefix))
      found.push(`outside the prefix: ${exchange.url.pathname}`);
    const page = path === "/" || path === "/console" || path.startsWith("/console/");
    if (!page) found.push(...this.contract.problems(exchange, path));
    if (exchange.status >= 400) {
      const fits = this.expected.find(
        (x) => x.status === exchange.status && x.method === exchange.method && x.path.test(path),
      );
      if (fits) fits.seen++;
      else
        found.push(
          `${exchange.method} ${path} answers ${exchange.status}: ${exchange.body.toString("utf8").slice(0, 300)}`,
        );
    }
    return found;
  }

  private watch(page: Page): void {
    page.on("dialog", (dialog) => {
      if (dialog.type() !== "beforeunload") this.dialogs.push(`${dialog.type()}: ${dialog.message()}`);
      void dialog.accept();
    });
    page.on("crash", () => this.found.push("the page crashed"));
    page.on("framenavigated", (frame) => this.canaries.sighted("a URL", frame.url()));
  }

  private console(message: ConsoleMessage): void {
    this.canaries.sighted("a console message", message.text());
    if (message.type() === "error" || message.type() === "warning") {
      this.consoleErrors.push({ text: message.text(), url: message.location().url });
    }
  }

  /** A refusal that the test provoked, which Chromium reports in its console. */
  private explained(text: string, url: string): boolean {
    if (!/^Failed to load resource/.test(text) || url === "") return false;
    if (this.cutExpected && /net::ERR_/.test(text)) return true;
    const path = new URL(url).pathname.slice(this.server.prefix.length);
    return this.expected.some((x) => text.includes(`status of ${x.status}`) && x.path.test(path));
  }
}
