import { useQueryClient } from "@tanstack/react-query";
import { useContext, useEffect } from "react";
import { Outlet, ScrollRestoration } from "react-router";
import { signedOutCount } from "@/api/client";
import { connectQueries } from "@/api/liveQueries";
import { useSession } from "@/api/session";
import { LiveContext } from "@/api/useLive";
import { isObject } from "@/lib/apiError";
import { common } from "@/texts/common";
import { preferences, useStore } from "@/ui/preferences";
import { Shortcuts } from "./Shortcuts";
import { Sidebar } from "./Sidebar";
import styles from "./shell.module.css";
import { useOffline } from "./useOffline";

// Shell is the frame of every page for people who are signed in.
export function Shell() {
  const density = useStore(preferences.density);
  useLiveConnection();
  useEffect(() => {
    document.documentElement.dataset.density = density;
  }, [density]);
  return (
    <div className={styles.app}>
      <a className={styles.skip} href="#main">
        {common.skip}
      </a>
      <Sidebar />
      <main id="main" className={styles.main} tabIndex={-1}>
        <Outlet />
      </main>
      <ScrollRestoration />
      <Shortcuts />
    </div>
  );
}

const ended: readonly string[] = ["signedOut", "revoked"];

// The stream is open while somebody is signed in, and refreshes what is shown.
function useLiveConnection(): void {
  const live = useContext(LiveContext);
  const queries = useQueryClient();
  const signedIn = useSession().state === "signedIn";
  useOffline(live);
  useEffect(() => {
    if (!live || !signedIn) return;
    const disconnect = connectQueries(live, queries);
    const unlisten = live.onMessage((message) => {
      // Another window signed out, or somebody ended the session.
      if (message.type === "bye" && isObject(message.data) && ended.includes(String(message.data.reason))) {
        signedOutCount.set(signedOutCount.get() + 1);
      }
    });
    live.start();
    return () => {
      disconnect();
      unlisten();
      live.stop();
    };
  }, [live, queries, signedIn]);
}
