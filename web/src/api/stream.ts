import { ApiError } from "@/lib/apiError";
import { createParser, type ServerMessage } from "@/lib/sse";

// What a stream is doing, as the connection chip shows it.
export type StreamState = "connecting" | "live" | "reconnecting" | "polling" | "stopped";

export interface StreamOptions {
  // Opens the connection, hands text on as it arrives, and ends with it.
  readonly open: (after: string, signal: AbortSignal, onText: (text: string) => void) => Promise<void>;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onState: (state: StreamState) => void;
  // Called every 5 s while there is no stream, so that the page can ask instead.
  readonly onPoll: () => void;
  readonly random?: () => number;
}

// The server speaks at once when a stream opens. Silence means that something on the
// way holds the bytes back.
export const firstByteMs = 6_000;
// The server sends a comment every 15 s.
export const silenceMs = 40_000;
export const pollMs = 5_000;
const failuresBeforePolling = 3;

// retryDelay is 1, 2, 4 … 30 s, give or take a fifth.
export function retryDelay(failures: number, random: number): number {
  const seconds = Math.min(30, 2 ** Math.max(0, failures - 1));
  return seconds * 1000 * (0.8 + 0.4 * random);
}

// EventStream keeps one stream open: it resumes after the last message, connects
// again when it ends, and asks to poll while that does not work.
export class EventStream {
  private lastId: string;
  private failures = 0;
  private controller: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private poller: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly options: StreamOptions,
    after = "",
  ) {
    this.lastId = after;
  }

  get after(): string {
    return this.lastId;
  }

  start(): void {
    this.options.onState("connecting");
    void this.connect();
  }

  stop(): void {
    this.close();
    clearTimeout(this.timer);
    this.stopPolling();
    this.options.onState("stopped");
  }

  // forget makes the next connection begin at the present.
  forget(): void {
    this.lastId = "";
  }

  private close(): void {
    clearTimeout(this.watchdog);
    this.controller?.abort();
    this.controller = undefined;
  }

  private async connect(): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    this.watch(controller, firstByteMs, true);
    const feed = createParser();
    try {
      await this.options.open(this.lastId, controller.signal, (text) => {
        if (controller.signal.aborted) return;
        this.heard(controller);
        for (const message of feed(text)) {
          if (message.id) this.lastId = message.id;
          this.options.onMessage(message);
          // A message may have stopped this stream.
          if (controller.signal.aborted) return;
        }
      });
    } catch (error) {
      // Whoever is not signed in any more gets no stream, however often it is asked for.
      if (error instanceof ApiError && error.status === 401 && this.controller === controller) return this.stop();
      // Anything else is answered by connecting again.
    }
    if (this.controller === controller) this.failed(false);
  }

  private heard(controller: AbortController): void {
    if (this.failures > 0 || this.poller !== undefined) this.stopPolling();
    this.failures = 0;
    this.options.onState("live");
    this.watch(controller, silenceMs, false);
  }

  private watch(controller: AbortController, ms: number, first: boolean): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      if (this.controller === controller) this.failed(first);
    }, ms);
  }

  // failed plans the next connection. Silence from the start is no accident that passes
  // by itself, so polling begins at once then.
  private failed(heldBack: boolean): void {
    this.close();
    this.failures = heldBack ? Math.max(failuresBeforePolling, this.failures + 1) : this.failures + 1;
    if (this.failures >= failuresBeforePolling) this.startPolling();
    else this.options.onState("reconnecting");
    this.timer = setTimeout(
      () => void this.connect(),
      retryDelay(this.failures, (this.options.random ?? Math.random)()),
    );
  }

  private startPolling(): void {
    this.options.onState("polling");
    if (this.poller !== undefined) return;
    this.options.onPoll();
    this.poller = setInterval(this.options.onPoll, pollMs);
  }

  private stopPolling(): void {
    clearInterval(this.poller);
    this.poller = undefined;
  }
}
