import type { Attempt, Delivery } from "@/api/deliveries";
import { duration } from "@/lib/format";
import { ticket as texts } from "@/texts/request";
import { attemptText, stateText } from "@/ui/StatusBadge";
import { diagnose, headerOf } from "./diagnosis";

const utc = (iso: string | number): string => new Date(iso).toISOString();

// Of an address a ticket names the server alone: paths and queries carry secrets.
function server(address: string, base?: string): string | undefined {
  try {
    const { protocol, origin } = new URL(address, base);
    return protocol === "https:" || protocol === "http:" ? `${origin}/` : undefined;
  } catch {
    return undefined;
  }
}

// redacted is an attempt without what the endpoint's owner or a stranger has put into it:
// of headers there is only what the diagnosis asks for, if it tells nothing else.
function redacted(attempt: Attempt): Attempt {
  const { request, response } = attempt;
  const location = headerOf(attempt, "location");
  const target = location && server(location, request.url);
  const after = headerOf(attempt, "retry-after");
  const headers: string[][] = [];
  if (target) headers.push(["location", target]);
  if (after && /^\d+$/.test(after)) headers.push(["retry-after", after]);
  return {
    ...attempt,
    request: { ...request, url: server(request.url) ?? "", headers: [] },
    ...(response ? { response: { ...response, headers } } : {}),
  };
}

// ticketText tells of a request so that it can be passed on to strangers: what happened
// and when. Times are UTC.
export function ticketText(delivery: Delivery, link: string): string {
  const { webhook } = delivery;
  const attempts = delivery.attempts.map(redacted);
  const found = diagnose({ ...delivery, attempts }, (at) => `${utc(at).slice(11, 19)} UTC`);
  const endpoint = attempts.at(-1)?.request.url;
  const lines = [
    texts.head(delivery.eventType, stateText(delivery.state), attempts.length),
    "",
    texts.request(delivery.id),
    texts.event(delivery.eventId),
    texts.webhook(webhook.name, webhook.id),
    ...(endpoint ? [texts.endpoint(`${endpoint}…`)] : []),
    texts.accepted(utc(delivery.acceptedAt)),
    ...attempts.map(attemptLine),
    ...(delivery.nextAttemptAt ? [texts.next(utc(delivery.nextAttemptAt))] : []),
    ...(found ? ["", `${found.lead} ${found.text}`.trim()] : []),
    "",
    link,
  ];
  return `${lines.join("\n")}\n`;
}

const attemptLine = (attempt: Attempt): string =>
  texts.attempt(attempt.number, utc(attempt.startedAt), attemptText(attempt), duration(attempt.durationMs));
