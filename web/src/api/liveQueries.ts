import type { QueryClient } from "@tanstack/react-query";
import type { Live, LiveMessage } from "./live";

// What a message makes stale. Lists are asked again, not edited: the page that shows
// one decides what may move.
const stale: Readonly<Record<string, readonly string[]>> = {
  "delivery.created": ["deliveries", "webhooks", "overview", "events"],
  "delivery.updated": ["deliveries", "webhooks", "overview", "events"],
  "event.accepted": ["events", "overview"],
  "webhook.updated": ["webhooks", "overview"],
  burst: ["deliveries", "webhooks", "overview", "events"],
  "receiver.message": ["receiver"],
};

// At most one question per this time and kind of data, however many messages come.
export const refreshMs = 2_000;

// connectQueries refreshes what is shown when messages say that it changed.
export function connectQueries(live: Live, queries: QueryClient): () => void {
  const pending = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    if (!live.paused) for (const key of pending) void queries.invalidateQueries({ queryKey: [key] });
    pending.clear();
  };
  const heard = (message: LiveMessage) => {
    for (const key of stale[message.type] ?? []) pending.add(key);
    if (pending.size > 0) timer ??= setTimeout(flush, refreshMs);
  };
  const asked = () => {
    // Who is signed in does not change by itself: an answer that refuses says when it has.
    if (!live.paused) void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
  };
  const offs = [live.onMessage(heard), live.onPoll(asked)];
  return () => {
    clearTimeout(timer);
    for (const off of offs) off();
  };
}
