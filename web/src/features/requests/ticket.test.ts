import { describe, expect, it } from "vitest";
import type { Attempt } from "@/api/deliveries";
import { answered, attempt, delivery } from "@/test/delivery";
import { ticketText } from "./ticket";

// One that has secrets wherever there may be any.
const secret = {
  request: {
    method: "POST",
    url: "https://user:canary-1@ingest.acme.example/canary-0/v1?key=canary-2#canary-3",
    headers: [["authorization", "canary-4"]],
    size: 100,
  },
};
const got = (number: number, status: number, headers: [string, string][] = []): Attempt => ({
  ...answered(number, status, headers),
  ...secret,
});

describe("ticketText", () => {
  it("says what happened and when, in UTC, and where to look", () => {
    const text = ticketText(delivery("failed", [got(1, 503), got(2, 503)]), "https://t.example/r/d1");
    expect(text.split("\n").slice(0, 10)).toEqual([
      "User.Deleted: Failed after 2 attempts",
      "",
      "Request: d1",
      "Event: e1",
      "Webhook: Data warehouse (w1)",
      "Endpoint: https://ingest.acme.example/…",
      "Accepted: 2026-11-23T07:41:11.000Z",
      "Attempt 1: 2026-11-23T07:41:11.000Z, 503 after 1.00 s",
      "Attempt 2: 2026-11-23T07:41:12.000Z, 503 after 1.00 s",
      "",
    ]);
    expect(text.endsWith("\n\nhttps://t.example/r/d1\n")).toBe(true);
  });

  it.each([
    [302, "location", "https://me:canary-5@other.example/canary-6/in?token=canary-7", "302 to https://other.example/;"],
    [302, "location", "/canary-6?token=canary-7", "302 to https://ingest.acme.example/;"],
    [302, "location", "myapp://cb?token=canary-7", "Answered 302;"],
    [302, "location", "http://bad host/in?token=canary-7", "Answered 302;"],
    [302, "x-other", "canary-8", "302"],
    [404, "x-other", "canary-8", "404 after"],
    [429, "retry-after", "canary-9", "slow down"],
    [429, "retry-after", "120", "120 s"],
  ])("of what was answered has no value of a stranger's: %s %s: %s", (status, name, value, said) => {
    const text = ticketText(delivery("failed", [got(1, status, [[name, value]])]), "https://t.example/r/d1");
    expect(text).toContain(said);
    expect(text).not.toContain("canary");
  });

  it("tells of one that waits", () => {
    const waiting = ticketText(delivery("pending", []), "l");
    expect(waiting).toContain("User.Deleted: Waiting after 0 attempts\n");
    expect(waiting).not.toContain("Endpoint");
    const next = { nextAttemptAt: "2026-11-23T07:46:00.000Z" };
    const retrying = ticketText(delivery("retrying", [attempt(1)], next), "l");
    expect(retrying).toContain("User.Deleted: Retrying after 1 attempt\n");
    expect(retrying).toContain("\nNext attempt: 2026-11-23T07:46:00.000Z\n");
  });
});
