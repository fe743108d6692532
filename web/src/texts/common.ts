import { count, plural } from "@/lib/format";

// The texts that every page shares. Pages have files of their own beside this one.
export const common = {
  product: "Tidings",
  close: "Close",
  dismiss: "Dismiss",
  cancel: "Cancel",
  retry: "Retry",
  copy: "Copy",
  discard: "Discard",
  keepEditing: "Keep editing",
  clearFilters: "Clear filters",
  loading: "Loading",
  actions: "Actions",
  never: "never",
  none: "None",
  hidden: "hidden",
  more: (n: number) => `+${n}`,
  copied: (what: string) => `Copied ${what}`,
  copyNamed: (what: string) => `Copy ${what}`,
  selected: (what: string) => `Selected ${what}: press Ctrl+C to copy it`,
  actionsFor: (name: string) => `Actions for ${name}`,
  moreActions: "More actions",
  skip: "Skip to content",
  path: "Path",
  utc: "UTC",
  pageTitle: (title: string) => `${title} · Tidings`,
};

export const errors = {
  title: "This could not be loaded",
  network: "The server did not answer.",
  signedOut: "You are not signed in. Sign in, then try again.",
  status: (status: number) => `HTTP ${status}`,
  errorId: "Error ID",
  retryAfter: (seconds: number) => `Try again in ${seconds} s.`,
  boundaryTitle: "This page stopped working",
  boundaryBody: "The rest of the console still works. Reload the page to try again.",
  reload: "Reload",
  forbidden: (scope: string) => `You need the permission "${scope}". Whoever runs this server can grant it.`,
};

export const notFound = {
  title: "Page not found",
  body: "There is nothing at this address.",
  object: (what: string, id: string) => `${what} ${id} does not exist`,
  objectBody: "It may have been deleted, or removed by retention.",
  searchLabel: "Find by ID",
  searchHelp: "Paste the ID of a webhook, request or event.",
  search: "Find",
  nothing: "Nothing has this ID.",
  toOverview: "Go to Overview",
};

export const nav = {
  main: "Main",
  overview: "Overview",
  webhooks: "Webhooks",
  requests: "Requests",
  events: "Events",
  receiver: "Receiver",
  keys: "API keys",
  settings: "Settings",
  api: "API",
  account: "Account",
  signOut: "Sign out",
  signedInAs: (name: string) => `Signed in as ${name}`,
  theme: "Theme",
  dark: "Dark",
  light: "Light",
  system: "System",
  times: "Times",
  local: "Local time",
  density: "Density",
  comfortable: "Comfortable",
  compact: "Compact",
  shortcuts: "Single-letter shortcuts",
};

export const live = {
  live: "Live",
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  polling: "Updating every 5 s",
  paused: "Paused",
  stopped: "Not connected",
  offline: "Offline",
  pause: "Pause live updates",
  resume: "Resume live updates",
  asOf: (time: string) => `as of ${time}`,
};

export const states = {
  pending: "Waiting",
  retrying: "Retrying",
  held: "Held",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
  sending: "Sending",
  interrupted: "Interrupted",
};

// What the last attempt came to, as the badge of a failed request says it.
export const reasons: Record<string, string> = {
  dns: "No address",
  connect: "No connection",
  tls: "TLS error",
  timeout: "Timeout",
  reset: "Connection reset",
  bad_response: "Bad response",
  headers_too_large: "Headers too large",
  blocked_address: "Blocked",
  interrupted: "Interrupted",
  internal: "Internal error",
};

export const attempts = {
  none: "No attempts yet",
  of: (texts: readonly string[]) => `${plural(texts.length, "attempt", "attempts")}: ${texts.join(", ")}`,
  nextIn: (text: string) => `next in ${text}`,
  nextNow: "next one now",
  nextAt: (text: string) => `next attempt at ${text}`,
};

export const health = {
  failing: "Failing",
  degraded: "Degraded",
  healthy: "Healthy",
  idle: "No requests",
  disabled: "Disabled",
  suspended: "Suspended",
  of: (successes: number, total: number) =>
    `${count(successes)} of ${count(total)} succeeded. Requests still being retried count as neither.`,
};

export const table = {
  hours: (name: string, total: number, failed: number) =>
    `${name}: ${plural(total, "request", "requests")} in 24 hours${failed > 0 ? `, ${count(failed)} failed` : ""}`,
  next: "Next page",
  previous: "Previous page",
  first: "First page",
  pages: "Pages",
  sortBy: (what: string) => `Sort by ${what}`,
};

export const filters = {
  chosen: (label: string, n: number) => `${label}: ${count(n)}`,
  find: (label: string) => `Find in ${label.toLowerCase()}`,
  clear: "Clear",
  none: "Nothing found",
};

export const chart = {
  sum: (total: number, failed: number) => `${plural(total, "request", "requests")}, ${count(failed)} failed`,
  label: (title: string, total: number, failed: number) =>
    `${title}: ${plural(total, "request", "requests")} succeeded or failed, ${count(failed)} of them failed`,
  bar: (when: string, succeeded: number, failed: number) =>
    `${when}: ${count(succeeded)} succeeded, ${count(failed)} failed`,
  table: "Show as table",
  chart: "Show as chart",
  byHour: "by hour",
  hour: "From",
  succeeded: "Succeeded",
  failed: "Failed",
  now: "now",
};

export const unsaved = {
  changes: (n: number) => (n === 1 ? "1 unsaved change" : `${n} unsaved changes`),
  save: "Save changes",
  region: "Unsaved changes",
  leaveTitle: "Leave without saving?",
  leaveBody: "Your changes on this page are lost.",
  leave: "Leave",
  stay: "Stay",
};

export const json = {
  tree: "Tree",
  raw: "Raw",
  expandAll: "Expand all",
  collapseAll: "Collapse all",
  copyValue: "Copy value",
  copyPath: "Copy path",
  value: "value",
  path: "path",
  search: (label: string) => `Search in ${label.toLowerCase()}`,
  searchHint: "Search",
  place: (n: number, of: number, more: boolean) => `${count(n)} of ${count(of)}${more ? "+" : ""}`,
  nothing: "Nothing found",
  nextHit: "Next place",
  previousHit: "Previous place",
  chosen: "Chosen value",
  members: (n: number) => (n === 1 ? "1 member" : `${count(n)} members`),
  items: (n: number) => (n === 1 ? "1 item" : `${count(n)} items`),
  range: (first: number, last: number) => `${count(first)} to ${count(last)}`,
  more: (n: number) => `… ${count(n)} more characters, see Raw`,
  cut: (shown: string, total: string) => `The first ${shown} of ${total} are shown.`,
  download: "Download",
  notObject: "Enter a JSON object.",
  line: (line: number, column: number, message: string) => `Line ${line}, column ${column}: ${message}.`,
};

export const phases = { dns: "DNS", connect: "Connect", tls: "TLS", wait: "Waiting", read: "Reading" };
