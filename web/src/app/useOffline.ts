import { useEffect } from "react";
import type { Live } from "@/api/live";

// useOffline tells the connection what the browser knows about the network.
export function useOffline(live: Live | undefined): void {
  useEffect(() => {
    if (!live) return;
    const off = () => live.offline();
    const on = () => live.online();
    addEventListener("offline", off);
    addEventListener("online", on);
    return () => {
      removeEventListener("offline", off);
      removeEventListener("online", on);
    };
  }, [live]);
}
