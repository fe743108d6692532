import { describe, expect, it } from "vitest";
import type { Attempt, Delivery } from "@/api/deliveries";
import { answered, attempt, delivery } from "@/test/delivery";
import { diagnose } from "./diagnosis";

const clock = (at: string | number) => new Date(at).toISOString().slice(11, 19);

const said = (state: Delivery["state"], attempts: Attempt[], change: Partial<Delivery> = {}) => {
  const found = diagnose(delivery(state, attempts, change), clock);
  return found && `${found.tone}: ${found.lead} ${found.text}`;
};

describe("diagnose", () => {
  it("has nothing to say of what was delivered at once", () => {
    expect(said("succeeded", [answered(1, 200)])).toBeUndefined();
  });

  it("says which retry delivered, and when to look", () => {
    expect(said("succeeded", [answered(1, 503), answered(2, 503), answered(3, 503), answered(4, 200)])).toBe(
      "warn: Delivered on the third retry. Attempts 1 to 3 got 503 from your server, so we tried again. Look at what it was doing between 07:41:11 and 07:41:14.",
    );
    expect(said("succeeded", [attempt(1, { reason: "timeout" }), answered(2, 200)])).toContain(
      "Delivered on the first retry. Attempt 1 failed with Timeout",
    );
    const resent = { ...answered(2, 200), trigger: "manual" as const };
    expect(said("succeeded", [answered(1, 404), resent])).toContain("Delivered when it was resent.");
  });

  it("does not take back a delivery when sending again fails", () => {
    expect(said("succeeded", [answered(1, 200), answered(2, 503)])).toContain(
      "sending it again failed. Your server failed.",
    );
  });

  it("says what comes next", () => {
    const next = { nextAttemptAt: "2026-11-23T07:42:00.000Z" };
    expect(said("retrying", [answered(1, 503)], next)).toBe(
      "warn: Your server failed. It answered 503. Look in its log at 07:41:11. Tried 1 time; the next attempt is at 07:42:00.",
    );
    expect(said("failed", [answered(1, 503), answered(2, 503)])).toContain("Tried 2 times, and not again.");
    expect(said("failed", [answered(1, 404)])).toBe(
      "bad: Path or method is wrong: we send POST to /v1. This is not retried.",
    );
    expect(said("pending", [])).toContain("Waiting for its first attempt.");
    expect(said("held", [])).toContain("The webhook is disabled.");
    expect(said("cancelled", [answered(1, 503)], { cancelReason: "by_person" })).toBe(
      "mute: Cancelled. Somebody stopped the retries.",
    );
  });

  it.each([
    [
      { reason: "dns", phase: "dns" },
      "No address found for ingest.acme.example. Check the spelling or the DNS record.",
    ],
    [
      { reason: "blocked_address", phase: "connect", address: "10.0.0.5" },
      "ingest.acme.example points to 10.0.0.5, which is not public, so nothing was sent. Use a public address, or ask an admin to allow the range.",
    ],
    [
      { reason: "blocked_address", phase: "dns" },
      "This server may not send to ingest.acme.example, so nothing was sent.",
    ],
    [
      { reason: "connect", cause: "refused", phase: "connect", address: "203.0.113.20:443" },
      "203.0.113.20:443 refused the connection. The server is down or a firewall blocks us.",
    ],
    [
      { reason: "connect", cause: "unreachable", phase: "connect", address: "203.0.113.20:443" },
      "There is no way from here to 203.0.113.20:443. Check the address",
    ],
    [
      { reason: "connect", cause: "proxy", phase: "connect", address: "203.0.113.20:443" },
      "The egress proxy did not open the connection to 203.0.113.20:443.",
    ],
    [
      { reason: "connect", phase: "connect", address: "203.0.113.20:443" },
      "No connection to 203.0.113.20:443 could be opened.",
    ],
    [{ reason: "reset", phase: "headers" }, "ingest.acme.example closed the connection before it answered."],
    [{ reason: "reset", phase: "tls" }, "closed the connection during the TLS handshake."],
    ...[
      "The certificate of the endpoint expired on 3 Nov 2026.",
      "The certificate of the endpoint is for www.acme.example, not ingest.acme.example.",
      "The certificate of the endpoint is signed by an authority that is not trusted.",
      "The certificate of the endpoint is signed by an authority that is not trusted, or its chain is incomplete: only one certificate was sent.",
    ].map((detail) => [{ reason: "tls", phase: "tls", detail }, `${detail} Renew or correct the certificate`]),
    [{ reason: "timeout", phase: "dns" }, "Looking up ingest.acme.example took too long."],
    [
      { reason: "timeout", phase: "connect", address: "203.0.113.20:443" },
      "No connection to 203.0.113.20:443 within 1.00 s.",
    ],
    [{ reason: "timeout", phase: "tls" }, "The TLS handshake did not finish within 1.00 s."],
    [{ reason: "timeout", phase: "write" }, "Your server did not take the request within 1.00 s."],
    [
      { reason: "timeout", phase: "headers" },
      "Connected in 15 ms, then no answer for 10.0 s. Answer 2xx first and do the work afterwards.",
    ],
    [
      { reason: "bad_response", detail: "Not HTTP." },
      "Bad response. Not HTTP. Check that the URL leads to an HTTP server.",
    ],
    [{ reason: "headers_too_large", detail: "Too many." }, "Headers too large. Too many."],
    [{ reason: "interrupted", outcome: "interrupted", detail: "Tidings stopped." }, "Interrupted. Tidings stopped."],
    [{ reason: "internal", detail: "Tidings could not." }, "Internal error. Tidings could not."],
  ] as [Partial<Attempt>, string][])("reads %o", (change, text) => {
    expect(said("failed", [attempt(1, change)])).toContain(text);
  });

  it.each([
    [400, "Your server did not accept the body. It answered 400."],
    [422, "Your server did not accept the body. It answered 422."],
    [401, "Your server refused us. It answered 401. Check the custom headers and the signature."],
    [403, "Your server refused us. It answered 403."],
    [404, "Path or method is wrong: we send POST to /v1."],
    [405, "Path or method is wrong: we send POST to /v1."],
    [410, "Path or method is wrong: we send POST to /v1."],
    [413, "Body is 1.8 MiB."],
    [429, "Asked us to slow down."],
    [418, "Your server answered 418."],
    [500, "Your server failed. It answered 500."],
    [503, "Your server failed. It answered 503."],
  ])("reads %i", (status, text) => {
    expect(said("failed", [answered(1, status)])).toContain(text);
  });

  it("shows what was answered to a body that was not accepted, and the schema", () => {
    const found = (status: number) => diagnose(delivery("failed", [answered(1, status)]), clock);
    for (const status of [400, 422]) expect(found(status)).toMatchObject({ quote: true, schema: true });
    for (const status of [401, 404, 413, 429, 500]) expect(found(status)?.schema).toBeUndefined();
  });

  it("says for how long to slow down, and where a redirect leads", () => {
    expect(said("failed", [answered(1, 429, [["Retry-After", "30"]])])).toContain("slow down, Retry-After 30 s.");
    const moved = diagnose(delivery("failed", [answered(1, 301, [["location", "/v2"]])]), clock);
    expect(moved?.lead).toBe("Answered 301 to https://ingest.acme.example/v2; redirects are not followed.");
    expect(moved?.newAddress).toBe("https://ingest.acme.example/v2");
    const script = diagnose(delivery("failed", [answered(1, 302, [["location", "javascript:alert(1)"]])]), clock);
    expect(script?.newAddress).toBeUndefined();
  });
});
