import type { Attempt, Delivery } from "@/api/deliveries";
import { bytes, duration } from "@/lib/format";
import { diagnosis as texts } from "@/texts/diagnosis";
import { attemptText } from "@/ui/StatusBadge";

export interface Diagnosis {
  readonly tone: "ok" | "bad" | "warn" | "info" | "mute";
  readonly lead: string;
  readonly text: string;
  // What the page shows with it: the beginning of the answer, the schema of the event
  // type, or the address that a redirect leads to.
  readonly quote?: boolean;
  readonly schema?: boolean;
  readonly newAddress?: string;
}

// A time of the day, as the reader sees times.
export type Clock = (iso: string | number) => string;

// diagnose says in plain words what happened to a request, if there is something to
// say: it failed, or it was delivered late.
export function diagnose(delivery: Delivery, clock: Clock): Diagnosis | undefined {
  const last = delivery.attempts.at(-1);
  if (delivery.state === "cancelled") {
    const why = texts.cancelReasons[delivery.cancelReason ?? ""] ?? "";
    return { tone: "mute", lead: texts.cancelled, text: why };
  }
  if (delivery.state === "held") return { tone: "mute", lead: texts.held, text: texts.heldWhy };
  if (!last) return { tone: "info", lead: texts.waiting, text: "" };
  if (delivery.state === "succeeded") return last.outcome === "succeeded" ? late(delivery, clock) : again(last, clock);
  if (last.outcome === "succeeded") return undefined;
  const found = ofAttempt(last, clock);
  const retrying = delivery.state === "retrying" || delivery.state === "pending";
  return { ...found, tone: retrying ? "warn" : "bad", text: join(found.text, outlook(delivery, clock)) };
}

function outlook({ state, nextAttemptAt, attempts }: Delivery, clock: Clock): string {
  if (state === "retrying" && nextAttemptAt) return texts.next(attempts.length, clock(nextAttemptAt));
  if (state !== "failed") return "";
  return attempts.length === 1 ? texts.notRetried : texts.noMore(attempts.length);
}

const join = (...parts: string[]): string => parts.filter(Boolean).join(" ");

function again(last: Attempt, clock: Clock): Diagnosis {
  const found = ofAttempt(last, clock);
  return { ...found, tone: "warn", lead: texts.again, text: join(found.lead, found.text) };
}

// Delivered, but not at once.
function late({ attempts }: Delivery, clock: Clock): Diagnosis | undefined {
  const first = attempts[0];
  const success = attempts.findIndex((attempt) => attempt.outcome === "succeeded");
  const failed = attempts.slice(0, success);
  const lastFailed = failed.at(-1);
  const delivered = attempts[success];
  if (!first || !lastFailed || !delivered) return undefined;
  const which = failed.length === 1 ? texts.attempt(first.number) : texts.attemptsTo(first.number, lastFailed.number);
  const results = [...new Set(failed.map(attemptText))];
  const why = failed.every((attempt) => attempt.status !== undefined) ? texts.lateWhy : texts.lateOther;
  const end = Date.parse(lastFailed.startedAt) + lastFailed.durationMs;
  return {
    tone: "warn",
    lead: delivered.trigger === "manual" ? texts.lateByPerson : texts.late(delivered.number - 1),
    text: why(which, results.join(", "), clock(first.startedAt), clock(end)),
  };
}

type Found = Omit<Diagnosis, "tone">;

// ofAttempt is what one attempt came to.
export function ofAttempt(attempt: Attempt, clock: Clock): Found {
  const host = hostOf(attempt.request.url);
  const at = attempt.address || host;
  const detail = attempt.detail ?? "";
  switch (attempt.reason) {
    case "dns":
      return { lead: texts.dns(host), text: texts.dnsCheck };
    case "blocked_address":
      return {
        lead: attempt.address ? texts.blocked(host, attempt.address) : texts.blockedUrl(host),
        text: texts.blockedCheck,
      };
    case "connect":
      return unconnected(attempt.cause, at);
    case "reset":
      return {
        lead: attempt.phase === "tls" ? texts.resetTls(host) : texts.reset(host),
        text: texts.resetCheck(clock(Date.parse(attempt.startedAt) + attempt.durationMs)),
      };
    case "tls":
      return { lead: detail, text: texts.tlsCheck };
    case "timeout":
      return timeout(attempt, host, at);
    case "bad_response":
      return { lead: texts.badResponse, text: join(detail, texts.badResponseCheck) };
    case "headers_too_large":
      return { lead: texts.largeHeaders, text: join(detail, texts.largeHeadersCheck) };
    case "redirect":
    case "status_4xx":
    case "status_5xx":
      return answered(attempt, clock);
    case "interrupted":
      return { lead: texts.interrupted, text: detail };
    default:
      return { lead: texts.internal, text: detail };
  }
}

// The ways of not connecting call for different remedies.
function unconnected(cause: Attempt["cause"], at: string): Found {
  switch (cause) {
    case "refused":
      return { lead: texts.refused(at), text: texts.refusedCheck };
    case "unreachable":
      return { lead: texts.unreachable(at), text: texts.unreachableCheck };
    case "proxy":
      return { lead: texts.proxy(at), text: texts.proxyCheck };
    default:
      return { lead: texts.unconnected(at), text: texts.unconnectedCheck };
  }
}

function timeout(attempt: Attempt, host: string, at: string): Found {
  const took = duration(attempt.durationMs);
  const { connect, wait } = attempt.phases;
  switch (attempt.phase) {
    case "dns":
      return { lead: texts.dnsSlow(host), text: texts.dnsSlowCheck };
    case "connect":
      return { lead: texts.timeoutConnect(at, took), text: texts.timeoutConnectCheck };
    case "tls":
      return { lead: texts.timeoutTls(took), text: texts.tlsCheck };
    case "write":
      return { lead: texts.timeoutWrite(took), text: texts.timeoutCheck };
    default: {
      const waited = duration(wait ?? attempt.durationMs);
      const lead = connect === null ? texts.timeoutReused(waited) : texts.timeoutAnswer(duration(connect), waited);
      return { lead, text: texts.timeoutCheck };
    }
  }
}

function answered(attempt: Attempt, clock: Clock): Found {
  const status = attempt.status ?? 0;
  if (status >= 500) return { lead: texts.server, text: texts.serverCheck(status, clock(attempt.startedAt)) };
  if (status < 400) return redirect(attempt, status);
  switch (status) {
    case 400:
    case 422:
      return { lead: texts.body, text: texts.bodyCheck(status), quote: true, schema: true };
    case 401:
    case 403:
      return { lead: texts.unauthorized, text: texts.unauthorizedCheck(status) };
    case 404:
    case 405:
    case 410:
      return { lead: texts.wrongPath, text: texts.wrongPathCheck(pathOf(attempt.request.url)) };
    case 413:
      return { lead: texts.tooLarge(bytes(attempt.request.size)), text: texts.tooLargeCheck };
    case 429: {
      const after = headerOf(attempt, "retry-after");
      return { lead: texts.slowDown(after && /^\d+$/.test(after) ? texts.seconds(after) : after), text: "" };
    }
    default:
      return { lead: texts.client(status), text: "", quote: true };
  }
}

function redirect(attempt: Attempt, status: number): Found {
  const location = headerOf(attempt, "location");
  if (!location) return { lead: texts.redirectNowhere(status), text: "" };
  const address = absoluteOf(location, attempt.request.url);
  return {
    lead: texts.redirect(status, address ?? location),
    text: texts.redirectCheck,
    ...(address ? { newAddress: address } : {}),
  };
}

export function headerOf(attempt: Attempt, name: string): string | undefined {
  const found = attempt.response?.headers.find(([header]) => header?.toLowerCase() === name);
  return found?.[1] || undefined;
}

function absoluteOf(location: string, base: string): string | undefined {
  try {
    const url = new URL(location, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}

export function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return url;
  }
}

function pathOf(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return url;
  }
}
