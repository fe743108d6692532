import { describe, expect, it } from "vitest";
import type { DeliveryRow } from "@/api/deliveries";
import { codeOf, filterText, fits, noFilter, queryOf, readFilter, writeFilter } from "./filters";

const now = Date.parse("2026-11-23T12:00:00.000Z");
const read = (text: string) => readFilter(new URLSearchParams(text));

const row = (change: Partial<DeliveryRow> = {}): DeliveryRow => ({
  id: "d1",
  eventId: "e1",
  eventType: "User.Created",
  webhook: { id: "w1", name: "CRM sync", deleted: false },
  state: "succeeded",
  acceptedAt: "2026-11-23T11:30:00.000Z",
  attempts: [{ number: 1, outcome: "succeeded", status: 200, trigger: "event", startedAt: "", durationMs: 5 }],
  ...change,
});

describe("filters and the address", () => {
  it("are each other's inverse", () => {
    const address =
      "?status=failed&event=User.Created&event=PostSignIn&code=5xx&code=timeout&webhook=w1&q=u+1&from=-1h";
    expect(filterText(read(address))).toBe(address);
  });

  it("say nothing for what is usual", () => {
    expect(filterText(noFilter)).toBe("");
    expect(filterText(read("?from=-24h&status=all"))).toBe("");
    expect(read("")).toEqual(noFilter);
  });

  it("ignore what they do not know", () => {
    expect(read("?status=odd&code=9xx&from=yesterday&to=&event=")).toEqual(noFilter);
  });

  it("leave the rest of an address alone", () => {
    const next = writeFilter(new URLSearchParams("attempt=2&status=failed"), noFilter);
    expect(next.toString()).toBe("attempt=2");
  });
});

describe("queryOf", () => {
  it("turns spans into instants when asked", () => {
    expect(queryOf(read("?from=-1h"), now)).toEqual({ from: "2026-11-23T11:00:00.000Z" });
    expect(queryOf(read("?from=2026-11-23T08:00:00Z&to=2026-11-23T09:00:00Z"), now)).toEqual({
      from: "2026-11-23T08:00:00.000Z",
      to: "2026-11-23T09:00:00.000Z",
    });
  });

  it("asks for all states of a chip", () => {
    expect(queryOf(read("?status=progress"), now).state).toEqual(["pending", "retrying", "held"]);
  });
});

describe("fits", () => {
  it("is false for what another filter holds back", () => {
    expect(fits(noFilter, row(), now)).toBe(true);
    expect(fits(read("?status=failed"), row(), now)).toBe(false);
    expect(fits(read("?event=PostSignIn"), row(), now)).toBe(false);
    expect(fits(read("?webhook=w2"), row(), now)).toBe(false);
    expect(fits(read("?from=-15m"), row(), now)).toBe(false);
    expect(fits(read("?to=2026-11-23T11:30:00.000Z&from=-6h"), row(), now)).toBe(false);
    expect(fits(read("?code=5xx"), row(), now)).toBe(false);
    expect(fits(read("?code=2xx"), row(), now)).toBe(true);
  });

  it("is unknown while a text is searched", () => {
    expect(fits(read("?q=u_1"), row(), now)).toBeUndefined();
  });
});

describe("codeOf", () => {
  const ended = (change: Partial<DeliveryRow["attempts"][number]>) =>
    codeOf(
      row({ attempts: [{ number: 1, outcome: "failed", trigger: "event", startedAt: "", durationMs: 5, ...change }] }),
    );

  it("is that of the server", () => {
    expect(ended({ status: 503, reason: "status_5xx" })).toBe("5xx");
    expect(ended({ status: 302, reason: "redirect" })).toBe("3xx");
    expect(ended({ reason: "timeout" })).toBe("timeout");
    expect(ended({ reason: "blocked_address" })).toBe("blocked");
    expect(ended({ reason: "dns" })).toBe("network");
    expect(codeOf(row({ attempts: [] }))).toBeUndefined();
  });
});
