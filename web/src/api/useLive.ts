import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from "react";
import type { Live, LiveMessage, LiveState } from "./live";

export const LiveContext = createContext<Live | undefined>(undefined);

function useLiveObject(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("LiveContext is missing");
  return live;
}

export interface LiveControl {
  readonly state: LiveState;
  readonly asOf: number;
  readonly onPause: () => void;
  readonly onResume: () => void;
}

// useLive is what ui/LiveChip shows: <LiveChip {...useLive()} />.
export function useLive(): LiveControl {
  const live = useLiveObject();
  return {
    state: useSyncExternalStore(live.state.subscribe, live.state.get),
    asOf: useSyncExternalStore(live.asOf.subscribe, live.asOf.get),
    onPause: () => live.pause(),
    onResume: () => live.resume(),
  };
}

// useLiveMessages hands every message to a page; queries are refreshed without it.
export function useLiveMessages(listener: (message: LiveMessage) => void): void {
  const live = useLiveObject();
  const newest = useRef(listener);
  newest.current = listener;
  useEffect(() => live.onMessage((message) => newest.current(message)), [live]);
}
