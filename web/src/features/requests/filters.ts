import type { DeliveryQuery, DeliveryRow, DeliveryState, Question, ResultClass } from "@/api/deliveries";
import { instantOf } from "@/lib/time";

export type StatusFilter = "all" | "succeeded" | "failed" | "progress" | "cancelled";

export const statusStates: Record<Exclude<StatusFilter, "all">, readonly DeliveryState[]> = {
  succeeded: ["succeeded"],
  failed: ["failed"],
  progress: ["pending", "retrying", "held"],
  cancelled: ["cancelled"],
};

export const codes: readonly ResultClass[] = ["2xx", "3xx", "4xx", "5xx", "timeout", "network", "blocked"];

// The usual ranges. A day is the usual one, and has no parameter.
export const ranges = ["-15m", "-1h", "-6h", "-24h"] as const;
export const usualRange = "-24h";

// What of the requests is shown, as the address says it. `from` and `to` are instants,
// or spans up to now such as "-1h", which stay spans in an address that is passed on.
export interface RequestFilter {
  readonly status: StatusFilter;
  readonly events: readonly string[];
  readonly codes: readonly ResultClass[];
  readonly webhook: string;
  readonly q: string;
  readonly from: string;
  readonly to: string;
}

export const noFilter: RequestFilter = {
  status: "all",
  events: [],
  codes: [],
  webhook: "",
  q: "",
  from: usualRange,
  to: "",
};

const isOneOf = <T extends string>(all: readonly T[], text: string | null): text is T =>
  all.some((one) => one === text);

const statuses: readonly StatusFilter[] = ["all", "succeeded", "failed", "progress", "cancelled"];

// readFilter takes what it knows of an address; the rest of it means nothing.
export function readFilter(params: URLSearchParams): RequestFilter {
  const status = params.get("status");
  const time = (name: string) => {
    const text = params.get(name) ?? "";
    return instantOf(text, 0) === undefined ? "" : text;
  };
  return {
    status: isOneOf(statuses, status) ? status : "all",
    events: [...new Set(params.getAll("event").filter(Boolean))],
    codes: codes.filter((code) => params.getAll("code").includes(code)),
    webhook: params.get("webhook") ?? "",
    q: params.get("q") ?? "",
    from: time("from") || usualRange,
    to: time("to"),
  };
}

// writeFilter is an address with the filter; what else it says stays.
export function writeFilter(params: URLSearchParams, filter: RequestFilter): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const name of ["status", "event", "code", "webhook", "q", "from", "to"]) next.delete(name);
  if (filter.status !== "all") next.set("status", filter.status);
  for (const event of filter.events) next.append("event", event);
  for (const code of filter.codes) next.append("code", code);
  if (filter.webhook) next.set("webhook", filter.webhook);
  if (filter.q) next.set("q", filter.q);
  if (filter.from !== usualRange) next.set("from", filter.from);
  if (filter.to) next.set("to", filter.to);
  return next;
}

// filterText is the filter as a query string, "" for none.
export function filterText(filter: RequestFilter): string {
  const text = writeFilter(new URLSearchParams(), filter).toString();
  return text ? `?${text}` : "";
}

export const isFiltered = (filter: RequestFilter): boolean => filterText(filter) !== "";

// questionOf is what the server is asked for a filter.
export function questionOf(filter: RequestFilter): Question {
  return { key: filterText(filter), make: (now) => queryOf(filter, now) };
}

// countsOf asks how many there are of each state, whichever is chosen.
export const countsOf = (filter: RequestFilter): Question => questionOf({ ...filter, status: "all" });

export function queryOf(filter: RequestFilter, now: number): DeliveryQuery {
  const from = instantOf(filter.from, now);
  const to = instantOf(filter.to, now);
  return {
    ...(filter.webhook ? { webhook: filter.webhook } : {}),
    ...(filter.events.length > 0 ? { eventType: [...filter.events] } : {}),
    ...(filter.status === "all" ? {} : { state: [...statusStates[filter.status]] }),
    ...(filter.codes.length > 0 ? { result: [...filter.codes] } : {}),
    ...(filter.q ? { q: filter.q } : {}),
    ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
    ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
  };
}

// fits says whether a row of the stream belongs to what is shown: undefined where only
// the server can tell, as for a text to search.
export function fits(filter: RequestFilter, row: DeliveryRow, now: number): boolean | undefined {
  if (filter.webhook && filter.webhook !== row.webhook.id) return false;
  if (filter.events.length > 0 && !filter.events.includes(row.eventType)) return false;
  if (filter.status !== "all" && !statusStates[filter.status].includes(row.state)) return false;
  const at = Date.parse(row.acceptedAt);
  if (at < (instantOf(filter.from, now) ?? 0) || at >= (instantOf(filter.to, now) ?? Number.POSITIVE_INFINITY)) {
    return false;
  }
  if (filter.codes.length > 0) {
    const code = codeOf(row);
    if (!code || !filter.codes.includes(code)) return false;
  }
  return filter.q ? undefined : true;
}

const network = ["dns", "connect", "tls", "reset", "bad_response", "headers_too_large"];

// codeOf is the class of the last attempt's result: its status if there was one.
export function codeOf(row: DeliveryRow): ResultClass | undefined {
  const last = row.attempts.at(-1);
  if (!last) return undefined;
  const hundred = `${Math.floor((last.status ?? 0) / 100)}xx`;
  const ofStatus = codes.find((code) => code === hundred);
  if (ofStatus) return ofStatus;
  if (last.reason === "timeout") return "timeout";
  if (last.reason === "blocked_address") return "blocked";
  return last.reason && network.includes(last.reason) ? "network" : undefined;
}
