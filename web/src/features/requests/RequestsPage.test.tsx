import { screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { show } from "@/test/render";
import { Component as RequestsPage } from "./RequestsPage";

const row = {
  id: "91w5m1bcox9qk3ou6qqrl",
  eventId: "e1",
  eventType: "PostSignIn",
  webhook: { id: "w1", name: "Data warehouse", deleted: false },
  state: "failed",
  acceptedAt: "2026-11-23T11:30:00.000Z",
  attempts: [
    {
      number: 1,
      outcome: "failed",
      status: 503,
      reason: "status_5xx",
      trigger: "event",
      startedAt: "2026-11-23T11:30:00.000Z",
      durationMs: 5,
    },
    {
      number: 2,
      outcome: "failed",
      reason: "timeout",
      trigger: "retry",
      startedAt: "2026-11-23T11:30:01.000Z",
      durationMs: 9,
    },
  ],
};
const count = (n: number) => ({ n, capped: false });
const summary = {
  counts: {
    pending: count(0),
    retrying: count(2),
    held: count(1),
    succeeded: count(0),
    failed: { n: 10_000, capped: true },
    cancelled: count(0),
  },
  buckets: [{ start: "2026-11-23T11:00:00.000Z", succeeded: 3, failed: 1 }],
};

// What the server is asked for lists of requests.
let asked: URL[] = [];

beforeEach(() => {
  asked = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    if (url.pathname === "/api/deliveries") asked.push(url);
    const body = url.pathname.endsWith("/summary")
      ? summary
      : { items: url.pathname === "/api/deliveries" && !url.searchParams.get("q") ? [row] : [] };
    return Response.json(body);
  });
});

describe("the list of requests", () => {
  it("has a row for each request, with its attempts in words, and counts that stop", async () => {
    show(<RequestsPage />, { at: "/requests", path: "/requests" });
    const link = await screen.findByRole("link", { name: "PostSignIn" });
    expect(link.getAttribute("href")).toBe(`/requests/${row.id}`);
    expect(screen.getByRole("img", { name: "2 attempts: 503, Timeout" })).toBeTruthy();
    expect(await screen.findByRole("button", { name: "Failed 10,000+" })).toBeTruthy();
    expect(screen.getByRole("button", { name: "In progress 3" })).toBeTruthy();
  });

  it("says that its figures could not be loaded, shows none, and tries again", async () => {
    let fails = true;
    const data = { requestId: "r-77" };
    vi.stubGlobal("fetch", async (request: Request) => {
      const { pathname } = new URL(request.url);
      if (!pathname.endsWith("/summary")) return Response.json({ items: pathname === "/api/deliveries" ? [row] : [] });
      if (!fails) return Response.json(summary);
      return Response.json({ code: "internal", message: "Internal server error.", data }, { status: 500 });
    });
    const { user } = show(<RequestsPage />, { at: "/requests", path: "/requests" });
    await screen.findByRole("link", { name: "PostSignIn" });
    const card = await screen.findByRole("alert");
    expect(card.textContent).toContain("The figures could not be loaded. Internal server error. HTTP 500");
    expect(card.textContent).toContain("r-77");
    expect(screen.queryByText(/\d requests?, \d+ failed/)).toBeNull();
    expect(screen.getByRole("button", { name: "All" })).toBeTruthy();
    fails = false;
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await screen.findByText("4 requests, 1 failed")).toBeTruthy();
    expect(await screen.findByRole("button", { name: "In progress 3" })).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("shows no figures before there are any", async () => {
    vi.stubGlobal("fetch", async (request: Request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/summary")) return new Promise(() => undefined);
      return Response.json({ items: pathname === "/api/deliveries" ? [row] : [] });
    });
    show(<RequestsPage />, { at: "/requests", path: "/requests" });
    await screen.findByRole("link", { name: "PostSignIn" });
    expect(screen.getByText("Last 24 hours")).toBeTruthy();
    expect(screen.queryByText(/failed$/)).toBeNull();
  });

  it("keeps every character that is typed, writes it to the address at once, and asks once typing rests", async () => {
    const { user, router } = show(<RequestsPage />, { at: "/requests?from=-1h", path: "/requests" });
    await screen.findByRole("link", { name: "PostSignIn" });
    const box = screen.getByRole("searchbox", { name: "Search requests" });
    await user.type(box, "u_19 d2 ");
    expect(box).toHaveProperty("value", "u_19 d2 ");
    expect(router.state.location.search).toBe("?q=u_19+d2&from=-1h");
    expect(await screen.findByText("No requests match")).toBeTruthy();
    const texts = asked.map((url) => url.searchParams.get("q")).filter(Boolean);
    expect(texts).toEqual(["u_19 d2"]);
  });

  it("clears the box with the filters", async () => {
    const { user, router } = show(<RequestsPage />, { at: "/requests?q=zzz&status=failed", path: "/requests" });
    await user.click(await screen.findByRole("button", { name: "Clear filters" }));
    await waitFor(() => expect(screen.getByRole("searchbox", { name: "Search requests" })).toHaveProperty("value", ""));
    expect(router.state.location.search).toBe("");
  });

  it("asks for the states of a chip, for spans up to now", async () => {
    show(<RequestsPage />, { at: "/requests?status=progress&from=-1h", path: "/requests" });
    await screen.findByRole("link", { name: "PostSignIn" });
    expect(asked[0]?.searchParams.getAll("state")).toEqual(["pending", "retrying", "held"]);
    const from = Date.parse(asked[0]?.searchParams.get("from") ?? "");
    expect(Math.abs(Date.now() - 3_600_000 - from)).toBeLessThan(60_000);
  });
});
