import { useQuery } from "@tanstack/react-query";
import { Braces, House, Inbox, KeyRound, List, Settings, Webhook, Zap } from "lucide-react";
import type { ComponentType } from "react";
import { NavLink } from "react-router";
import { useSession } from "@/api/session";
import { webhookCountQuery } from "@/api/webhooks";
import { built } from "@/lib/built";
import { count } from "@/lib/format";
import { common, nav } from "@/texts/common";
import { AccountMenu } from "./AccountMenu";
import { Connection } from "./Connection";
import styles from "./shell.module.css";

interface Item {
  readonly to: string;
  readonly text: string;
  readonly icon: ComponentType<{ className?: string }>;
  readonly there: boolean;
  // Left out of the bar at the bottom of small windows.
  readonly minor?: boolean;
  readonly count?: number | undefined;
}

// Sidebar is the way to every page: names beside icons, icons alone below 900 px, a
// bar at the bottom below 640 px.
export function Sidebar() {
  const { receiver, scopes = [] } = useSession();
  const webhooks = useQuery(webhookCountQuery);
  const above: Item[] = [
    { to: "/overview", text: nav.overview, icon: House, there: built.overview },
    { to: "/webhooks", text: nav.webhooks, icon: Webhook, there: built.webhooks, count: webhooks.data },
    { to: "/requests", text: nav.requests, icon: List, there: built.requests },
    { to: "/events", text: nav.events, icon: Zap, there: built.events },
    { to: "/receiver", text: nav.receiver, icon: Inbox, there: built.receiver && receiver, minor: true },
  ];
  const below: Item[] = [
    { to: "/api-keys", text: nav.keys, icon: KeyRound, there: built.keys && scopes.includes("admin"), minor: true },
    { to: "/api", text: nav.api, icon: Braces, there: built.api, minor: true },
    { to: "/settings", text: nav.settings, icon: Settings, there: built.settings, minor: true },
  ];
  return (
    <nav className={styles.side} aria-label={nav.main}>
      <div className={styles.brand}>
        <Mark />
        <span className={styles.name}>{common.product}</span>
      </div>
      <div className={styles.nav}>
        {above.filter((item) => item.there).map(link)}
        <span className={styles.gap} />
        {below.filter((item) => item.there).map(link)}
      </div>
      <div className={styles.foot}>
        <Connection />
        <AccountMenu minor={[...above, ...below].filter((item) => item.there && item.minor)} />
      </div>
    </nav>
  );
}

const link = ({ to, text, icon: Icon, minor, count: n }: Item) => (
  <NavLink key={to} to={to} className={styles.link} data-minor={minor || undefined} title={text}>
    <Icon className="icon" />
    <span className={styles.text}>{text}</span>
    {n !== undefined && (
      <span className={styles.count} aria-hidden="true">
        {count(n)}
      </span>
    )}
  </NavLink>
);

const Mark = () => (
  <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true" className={styles.mark}>
    <rect width="32" height="32" rx="9" />
    <path d="M8 16h11M14 10l6 6-6 6M25 9v14" />
  </svg>
);
