import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ApiError } from "@/lib/apiError";
import { EventStream, firstByteMs, pollMs, retryDelay, type StreamState, silenceMs } from "./stream";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// A server whose connections the test ends and speaks through.
function setup(after = "") {
  const connections: {
    after: string;
    signal: AbortSignal;
    say: (text: string) => void;
    end: () => void;
    fail: (error: Error) => void;
  }[] = [];
  const states: StreamState[] = [];
  const messages: string[] = [];
  let polls = 0;
  const stream = new EventStream(
    {
      open: (id, signal, say) =>
        new Promise((resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          connections.push({ after: id, signal, say, end: resolve, fail: reject });
        }),
      onMessage: (m) => messages.push(m.data),
      onState: (s) => states.at(-1) !== s && states.push(s),
      onPoll: () => polls++,
      random: () => 0.5,
    },
    after,
  );
  stream.start();
  const last = () => {
    const connection = connections.at(-1);
    if (!connection) throw new Error("no connection");
    return connection;
  };
  return { stream, connections, states, messages, last, polls: () => polls };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

it("waits 1, 2, 4 … 30 s, give or take a fifth", () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((n) => retryDelay(n, 0.5) / 1000)).toEqual([1, 2, 4, 8, 16, 30, 30]);
  expect(retryDelay(1, 0)).toBe(800);
  expect(retryDelay(1, 1)).toBeCloseTo(1200);
});

it("is live with the first byte and resumes after the last message", async () => {
  const s = setup("7");
  expect(s.last().after).toBe("7");
  s.last().say(": hello\n\n");
  expect(s.states).toEqual(["connecting", "live"]);
  s.last().say("id: 8\ndata: a\n\n");
  s.last().end();
  await settle();
  expect(s.states.at(-1)).toBe("reconnecting");
  await vi.advanceTimersByTimeAsync(1000);
  expect(s.connections).toHaveLength(2);
  expect(s.last().after).toBe("8");
  s.last().say("id: 9\ndata: b\n\n");
  expect(s.messages).toEqual(["a", "b"]);
  expect(s.states.at(-1)).toBe("live");
});

it("polls after three failures and stops polling when the stream is back", async () => {
  const s = setup();
  for (const wait of [1000, 2000]) {
    s.last().end();
    await settle();
    expect(s.states.at(-1)).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(wait);
  }
  s.last().end();
  await settle();
  expect(s.states.at(-1)).toBe("polling");
  expect(s.polls()).toBe(1);
  await vi.advanceTimersByTimeAsync(4000);
  expect(s.connections).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(pollMs - 4000);
  expect(s.polls()).toBe(2);
  s.last().say(": hello\n\n");
  expect(s.states.at(-1)).toBe("live");
  await vi.advanceTimersByTimeAsync(pollMs * 3);
  expect(s.polls()).toBe(2);
});

it("polls within 10 s when the bytes are held back", async () => {
  const s = setup();
  await vi.advanceTimersByTimeAsync(firstByteMs);
  expect(firstByteMs + pollMs).toBeLessThanOrEqual(11_000);
  expect(s.states.at(-1)).toBe("polling");
  expect(s.polls()).toBe(1);
  expect(s.connections[0]?.signal.aborted).toBe(true);
});

it("connects again when heartbeats stay away", async () => {
  const s = setup();
  s.last().say(": hello\n\n");
  await vi.advanceTimersByTimeAsync(silenceMs - 1);
  expect(s.states.at(-1)).toBe("live");
  s.last().say(": beat\n\n");
  await vi.advanceTimersByTimeAsync(silenceMs);
  expect(s.states.at(-1)).toBe("reconnecting");
});

it("does not ask again once nobody is signed in", async () => {
  const s = setup();
  s.last().say(": hello\n\n");
  s.last().fail(new ApiError(401, undefined));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(s.connections).toHaveLength(1);
  expect(s.states.at(-1)).toBe("stopped");
});

it("really stops", async () => {
  const s = setup();
  await vi.advanceTimersByTimeAsync(firstByteMs);
  s.stream.stop();
  const { connections } = s;
  const [before, polls] = [connections.length, s.polls()];
  await vi.advanceTimersByTimeAsync(600_000);
  expect(connections).toHaveLength(before);
  expect(s.polls()).toBe(polls);
  expect(s.states.at(-1)).toBe("stopped");
});
