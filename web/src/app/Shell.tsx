import { useQueryClient } from "@tanstack/react-query";
import { useContext, useEffect } from "react";
import { Outlet, ScrollRestoration } from "react-router";
import { connectQueries } from "@/api/liveQueries";
import { useSession } from "@/api/session";
import { LiveContext } from "@/api/useLive";
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

// The stream is open while somebody is signed in, and refreshes what is shown.
function useLiveConnection(): void {
  const live = useContext(LiveContext);
  const queries = useQueryClient();
  const signedIn = useSession().state === "signedIn";
  useOffline(live);
  useEffect(() => {
    if (!live || !signedIn) return;
    const disconnect = connectQueries(live, queries);
    live.start();
    return () => {
      disconnect();
      live.stop();
    };
  }, [live, queries, signedIn]);
}
