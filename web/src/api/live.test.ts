import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Live, type Tabs } from "./live";
import { pollMs } from "./stream";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// A browser with tabs: one lock, one channel that reaches every tab but the sender.
function browser(secure = true) {
  const waiting: { signal: AbortSignal; hold: () => Promise<void> }[] = [];
  let held = false;
  const heard = new Map<object, (told: never) => void>();
  const connections: { after: string; signal: AbortSignal; say: (text: string) => void }[] = [];

  const next = () => {
    if (held) return;
    const one = waiting.shift();
    if (!one) return;
    if (one.signal.aborted) return next();
    held = true;
    void one.hold().then(() => {
      held = false;
      next();
    });
  };
  const tab = () => {
    const key = {};
    const tabs: Tabs = secure
      ? {
          lock: async (signal, hold) => {
            waiting.push({ signal, hold });
            next();
          },
          channel: {
            post: (told) => {
              for (const [other, listen] of heard) if (other !== key) listen(told as never);
            },
            listen(listener) {
              heard.set(key, listener as never);
              return () => void heard.delete(key);
            },
          },
        }
      : { lock: undefined, channel: undefined };
    const live = new Live({
      tabs,
      open: (after, signal, say) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          connections.push({ after, signal, say });
        }),
    });
    const got: string[] = [];
    let polls = 0;
    live.onMessage((m) => got.push(`${m.type} ${JSON.stringify(m.data)}`));
    live.onPoll(() => polls++);
    return { live, got, polls: () => polls };
  };
  const open = () => connections.filter((c) => !c.signal.aborted);
  return { tab, connections, open };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

it("has one stream for three tabs", async () => {
  const b = browser();
  const tabs = [b.tab(), b.tab(), b.tab()];
  for (const t of tabs) t.live.start();
  await settle();
  expect(b.open()).toHaveLength(1);
  b.open()[0]?.say(': hello\n\nid: 4\nevent: stats\ndata: {"n":1}\n\n');
  for (const t of tabs) {
    expect(t.live.state.get()).toBe("live");
    expect(t.got).toEqual(['stats {"n":1}']);
  }
});

it("tells a tab that comes later what the state is", async () => {
  const b = browser();
  const [first, second] = [b.tab(), b.tab()];
  first.live.start();
  await settle();
  b.open()[0]?.say(": hello\n\n");
  second.live.start();
  await settle();
  expect(second.live.state.get()).toBe("live");
});

it("goes on in another tab after the last message", async () => {
  const b = browser();
  const [first, second] = [b.tab(), b.tab()];
  first.live.start();
  second.live.start();
  await settle();
  b.open()[0]?.say("id: 41\ndata: 1\n\n");
  first.live.stop();
  await settle();
  expect(b.open()).toHaveLength(1);
  expect(b.open()[0]?.after).toBe("41");
  b.open()[0]?.say("id: 42\ndata: 2\n\n");
  expect(second.got).toEqual(["message 1", "message 2"]);
  expect(first.got).toEqual(["message 1"]);
});

it("pauses one tab: nothing is heard or asked, and others go on", async () => {
  const b = browser();
  const [first, second] = [b.tab(), b.tab()];
  first.live.start();
  second.live.start();
  await settle();
  first.live.pause();
  await settle();
  expect(first.live.state.get()).toBe("paused");
  expect(b.open()).toHaveLength(1);
  b.open()[0]?.say("id: 1\ndata: 1\n\n");
  expect(first.got).toEqual([]);
  expect(second.got).toEqual(["message 1"]);
  second.live.pause();
  await vi.advanceTimersByTimeAsync(10 * pollMs);
  expect(b.open()).toHaveLength(0);
  expect([first.polls(), second.polls()]).toEqual([0, 0]);
  first.live.resume();
  await settle();
  expect(first.polls()).toBe(1);
  expect(b.open()).toHaveLength(1);
});

it("polls in every tab while there is no stream, and after a resync", async () => {
  const b = browser();
  const [first, second] = [b.tab(), b.tab()];
  first.live.start();
  second.live.start();
  // The first connection is given up after 6 s, the next is there 4.8 s later at most.
  await vi.advanceTimersByTimeAsync(11_000);
  expect(first.live.state.get()).toBe("polling");
  expect(second.live.state.get()).toBe("polling");
  expect(second.polls()).toBeGreaterThan(0);
  expect(second.polls()).toBe(first.polls());
  const before = first.polls();
  b.open()[0]?.say('id: 9\nevent: resync\ndata: {"reason":"unknown"}\n\n');
  expect([first.polls(), second.polls()]).toEqual([before + 1, before + 1]);
});

it("has a stream in each tab without a secure context", async () => {
  const b = browser(false);
  for (const t of [b.tab(), b.tab()]) t.live.start();
  await settle();
  expect(b.open()).toHaveLength(2);
});
