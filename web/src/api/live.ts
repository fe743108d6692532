import type { ServerMessage } from "@/lib/sse";
import { createStore, type Store } from "@/lib/store";
import { EventStream, type StreamState } from "./stream";

// What the connection chip shows: the stream's state, or that a person stopped it.
export type LiveState = StreamState | "paused" | "offline";

export interface LiveMessage {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

type Told =
  | { kind: "message"; message: ServerMessage }
  | { kind: "state"; state: StreamState; after: string }
  | { kind: "poll" }
  | { kind: "ask" };

// What a browser has for its tabs to agree. Without a secure context there are no
// locks: each tab has its own stream then.
export interface Tabs {
  readonly lock: ((signal: AbortSignal, hold: () => Promise<void>) => Promise<void>) | undefined;
  readonly channel: { post(told: Told): void; listen(listener: (told: Told) => void): () => void } | undefined;
}

export interface LiveOptions {
  readonly open: ConstructorParameters<typeof EventStream>[0]["open"];
  readonly tabs: Tabs;
}

// Live gives every tab the messages of one stream: the tab that holds the lock reads
// it and tells the others.
export class Live {
  readonly state: Store<LiveState> = createStore<LiveState>("stopped");
  // When the data was last known to be current.
  readonly asOf: Store<number> = createStore(Date.now());
  private readonly listeners = new Set<(message: LiveMessage) => void>();
  private readonly pollers = new Set<() => void>();
  private stream: EventStream | undefined;
  private after = "";
  private running: AbortController | undefined;
  private unlisten: (() => void) | undefined;

  constructor(private readonly options: LiveOptions) {}

  onMessage(listener: (message: LiveMessage) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // onPoll is told when data has to be asked for because messages may be missing.
  onPoll(listener: () => void): () => void {
    this.pollers.add(listener);
    return () => this.pollers.delete(listener);
  }

  get paused(): boolean {
    return this.state.get() === "paused";
  }

  start(): void {
    if (this.running) return;
    const controller = new AbortController();
    this.running = controller;
    this.state.set("connecting");
    const { lock, channel } = this.options.tabs;
    if (!lock || !channel) {
      this.lead();
      return;
    }
    this.unlisten = channel.listen((told) => this.told(told));
    channel.post({ kind: "ask" });
    lock(controller.signal, () => {
      if (controller.signal.aborted) return Promise.resolve();
      this.lead();
      return new Promise((resolve) => controller.signal.addEventListener("abort", () => resolve()));
    }).catch(() => {
      // The wait for the lock was given up.
    });
  }

  stop(): void {
    this.end();
    this.state.set("stopped");
  }

  // restart is for after signing in again.
  restart(): void {
    if (this.paused) return;
    this.end();
    this.start();
  }

  // pause really stops: no stream and, by `paused`, no polling. Another tab may go on.
  pause(): void {
    this.end();
    this.state.set("paused");
  }

  // resume asks for what was missed and goes on from the present.
  resume(): void {
    this.after = "";
    this.state.set("connecting");
    this.start();
    this.poll();
  }

  // offline waits for the network, unless a person has paused anyway.
  offline(): void {
    if (!this.running) return;
    this.end();
    this.asOf.set(Date.now());
    this.state.set("offline");
  }

  online(): void {
    if (this.state.get() !== "offline") return;
    this.start();
    this.poll();
  }

  private end(): void {
    this.stream?.stop();
    this.stream = undefined;
    this.unlisten?.();
    this.unlisten = undefined;
    this.running?.abort();
    this.running = undefined;
  }

  private lead(): void {
    const stream = new EventStream(
      {
        open: this.options.open,
        onMessage: (message) => {
          this.tell({ kind: "message", message });
          this.message(message);
        },
        onState: (state) => {
          if (this.stream !== stream || state === this.state.get()) return;
          this.changed(state);
          this.tell({ kind: "state", state, after: stream.after });
        },
        onPoll: () => {
          this.tell({ kind: "poll" });
          this.poll();
        },
      },
      this.after,
    );
    this.stream = stream;
    stream.start();
  }

  private tell(told: Told): void {
    this.options.tabs.channel?.post(told);
  }

  private told(told: Told): void {
    if (told.kind === "ask") {
      const state = this.stream ? this.state.get() : undefined;
      if (this.stream && state && state !== "paused" && state !== "offline") {
        this.tell({ kind: "state", state, after: this.stream.after });
      }
      return;
    }
    if (this.stream) return;
    if (told.kind === "poll") this.poll();
    else if (told.kind === "state") {
      this.after = told.after;
      this.changed(told.state);
    } else this.message(told.message);
  }

  private changed(state: StreamState): void {
    // When the leading tab goes, another takes the lock; meanwhile nothing is known.
    const next = state === "stopped" ? "connecting" : state;
    if (this.state.get() === "live" && next !== "live") this.asOf.set(Date.now());
    this.state.set(next);
  }

  private message(raw: ServerMessage): void {
    if (raw.id) this.after = raw.id;
    const message: LiveMessage = { id: raw.id, type: raw.event, data: parse(raw.data) };
    if (message.type === "resync") this.poll();
    for (const listener of this.listeners) listener(message);
  }

  private poll(): void {
    this.asOf.set(Date.now());
    for (const poller of this.pollers) poller();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// browserTabs is what this browser offers.
export function browserTabs(name: string): Tabs {
  const locks: LockManager | undefined = "locks" in navigator ? navigator.locks : undefined;
  if (!locks || typeof BroadcastChannel === "undefined") return { lock: undefined, channel: undefined };
  const channel = new BroadcastChannel(name);
  return {
    lock: async (signal, hold) => {
      await locks.request(name, { signal }, hold);
    },
    channel: {
      post: (told) => channel.postMessage(told),
      listen(listener) {
        const heard = (event: MessageEvent<Told>) => listener(event.data);
        channel.addEventListener("message", heard);
        return () => channel.removeEventListener("message", heard);
      },
    },
  };
}
