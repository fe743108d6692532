import type { Attempt, Delivery } from "@/api/deliveries";
import { duration } from "@/lib/format";
import { ticket as texts } from "@/texts/request";
import { attemptText, stateText } from "@/ui/StatusBadge";
import { diagnose } from "./diagnosis";

const utc = (iso: string | number): string => new Date(iso).toISOString();

// Queries, fragments and names of users carry secrets: a ticket leaves them out.
const redacted = (text: string): string =>
  text.replace(
    /(https?:\/\/)(?:[^\s/?#@]*@)?([^\s?#]*)([?#]\S*)?/gi,
    (_, scheme: string, rest: string, query?: string) => `${scheme}${rest}${query ? "?…" : ""}`,
  );

// ticketText tells of a request so that it can be passed on to strangers: what happened
// and when, without bodies, header values and queries. Times are UTC.
export function ticketText(delivery: Delivery, link: string): string {
  const { attempts, webhook } = delivery;
  const found = diagnose(delivery, (at) => `${utc(at).slice(11, 19)} UTC`);
  const endpoint = attempts.at(-1)?.request.url;
  const lines = [
    texts.head(delivery.eventType, stateText(delivery.state), attempts.length),
    "",
    texts.request(delivery.id),
    texts.event(delivery.eventId),
    texts.webhook(webhook.name, webhook.id),
    ...(endpoint ? [texts.endpoint(redacted(endpoint))] : []),
    texts.accepted(utc(delivery.acceptedAt)),
    ...attempts.map(attemptLine),
    ...(delivery.nextAttemptAt ? [texts.next(utc(delivery.nextAttemptAt))] : []),
    ...(found ? ["", redacted(`${found.lead} ${found.text}`.trim())] : []),
    "",
    link,
  ];
  return `${lines.join("\n")}\n`;
}

const attemptLine = (attempt: Attempt): string =>
  texts.attempt(attempt.number, utc(attempt.startedAt), attemptText(attempt), duration(attempt.durationMs));
