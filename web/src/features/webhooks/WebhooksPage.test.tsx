import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { show } from "@/test/render";
import { json, refusal, serve } from "@/test/server";
import { form, menu, webhooks as texts } from "@/texts/webhooks";
import { common, page, row, session } from "./testdata";
import { debounceMs } from "./useListFilter";
import { Component } from "./WebhooksPage";

afterEach(() => {
  vi.useRealTimers();
});

const open = (at = "/webhooks") => show(<Component />, { at, path: "/webhooks/*" });

it("shows a rate at 0 %, the figures and the bars as text", async () => {
  serve({ ...common, "GET /api/webhooks": () => page([row()]) });
  open();
  const cells = within(await screen.findByRole("row", { name: /Billing sync/ }));
  expect(cells.getByText("0.00%")).toBeTruthy();
  expect(cells.getByText("20")).toBeTruthy();
  expect(cells.getByRole("img", { name: "Billing sync: 276 requests in 24 hours" })).toBeTruthy();
  expect(cells.getByRole("link", { name: "Billing sync" }).getAttribute("href")).toBe("/webhooks/w1/settings");
});

it("says one request in the singular", async () => {
  const hours = [{ start: "2026-11-23T00:00:00.000Z", succeeded: 0, failed: 1 }];
  serve({ ...common, "GET /api/webhooks": () => page([row({ hours })]) });
  open();
  expect(await screen.findByRole("img", { name: "Billing sync: 1 request in 24 hours, 1 failed" })).toBeTruthy();
});

it("says what to do when there is none", async () => {
  serve({ ...common, "GET /api/webhooks": () => page([]) });
  open();
  expect(await screen.findByRole("heading", { name: texts.emptyTitle })).toBeTruthy();
});

it("makes a webhook for the built-in receiver where there is one", async () => {
  const asked = serve({
    ...common,
    "GET /api/session": () => ({ ...session, dev: true, receiver: true }),
    "GET /api/webhooks": () => page([]),
    "GET /api/receiver/inboxes": () => ({ items: [] }),
    "POST /api/receiver/inboxes": () => ({ id: "i", url: "http://127.0.0.1:8080/receiver/i" }),
    "POST /api/webhooks": () => row({ id: "w9" }),
  });
  const { user, router } = open();
  await user.click(await screen.findByRole("button", { name: texts.useReceiver }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/webhooks/w9/settings"));
  const made = asked.find(({ method, path }) => method === "POST" && path === "/api/webhooks");
  expect(made?.body).toEqual({ name: "Receiver", eventTypes: ["*"], url: "http://127.0.0.1:8080/receiver/i" });
});

it("says which filters find nothing, and clears them", async () => {
  const asked = serve({
    ...common,
    "GET /api/webhooks": ({ query }) => (query.get("q") ? page([]) : page([row()])),
  });
  const { user, router } = open("/webhooks?q=nothing&health=failing");
  expect(await screen.findByText(texts.noResultBody('"nothing", Failing'))).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Clear filters" }));
  expect(await screen.findByRole("link", { name: "Billing sync" })).toBeTruthy();
  expect(router.state.location.search).toBe("");
  expect(asked.some(({ query }) => query.get("q") === "nothing" && query.get("health") === "failing")).toBe(true);
});

it("keeps what is chosen while typing rests", async () => {
  serve({ ...common, "GET /api/webhooks": () => page([row()]) });
  const { router } = open();
  await screen.findByRole("link", { name: "Billing sync" });
  const shown = () => Object.fromEntries(new URLSearchParams(router.state.location.search));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  fireEvent.change(screen.getByRole("searchbox", { name: texts.search }), { target: { value: "bill" } });
  fireEvent.click(screen.getByRole("button", { name: /^Failing/ }));
  fireEvent.click(screen.getByRole("button", { name: texts.name }));
  expect(shown()).toEqual({ health: "failing", sort: "name" });
  await act(() => vi.advanceTimersByTimeAsync(debounceMs));
  expect(shown()).toEqual({ health: "failing", sort: "name", q: "bill" });
});

it("shows what failed in place of the table, with the error's id, and tries again", async () => {
  let fails = true;
  serve({
    ...common,
    "GET /api/webhooks": () =>
      fails ? refusal(500, "internal", "Internal server error.", { requestId: "r-77" }) : page([row()]),
  });
  const { user } = open();
  const card = within(await screen.findByRole("alert"));
  expect(card.getByText("r-77")).toBeTruthy();
  fails = false;
  await user.click(card.getByRole("button", { name: "Retry" }));
  expect(await screen.findByRole("link", { name: "Billing sync" })).toBeTruthy();
});

it("shows nothing at first and then the skeleton of the table", async () => {
  serve({ ...common, "GET /api/webhooks": () => new Promise(() => undefined) });
  open();
  expect(screen.getByRole("table").querySelectorAll("tbody tr")).toHaveLength(0);
  await waitFor(() => expect(screen.getByRole("table").querySelectorAll("tbody tr")).toHaveLength(6));
});

it("names what fails, with the figures and the reason", async () => {
  serve({
    ...common,
    "GET /api/webhooks": () => page([row()]),
    "GET /api/overview": () => ({
      attention: [
        {
          kind: "failing",
          webhook: { id: "w1", name: "Billing sync" },
          requests: 930,
          failed: 363,
          topReason: "status_5xx",
          topStatus: 503,
        },
      ],
    }),
  });
  open();
  const banner = (await screen.findByText("Billing sync is failing.")).closest("[role=status]");
  expect(banner?.textContent).toContain("363 of 930 requests failed in 24 h (success rate 60.96%)");
  expect(banner?.textContent).toContain("most with 503");
});

it("does not move rows while figures change", async () => {
  let turn = 0;
  const a = row({ id: "a", name: "a" });
  const b = row({ id: "b", name: "b" });
  serve({ ...common, "GET /api/webhooks": ({ query }) => page(query.has("sort") && turn++ > 0 ? [b, a] : [a, b]) });
  const { queries } = open();
  const names = () =>
    screen
      .getAllByRole("link")
      .filter((l) => l.hasAttribute("data-row-link"))
      .map((l) => l.textContent);
  await screen.findByRole("link", { name: "a" });
  await queries.invalidateQueries();
  await waitFor(() => expect(turn).toBeGreaterThan(1));
  expect(names()).toEqual(["a", "b"]);
});

it("asks before it disables, and names what is held", async () => {
  const asked = serve({
    ...common,
    "GET /api/webhooks": () => page([row()]),
    "GET /api/webhooks/w1": () => json(row(), 200, { ETag: '"4"' }),
    "PATCH /api/webhooks/w1": () => row({ enabled: false }),
  });
  const { user } = open();
  await user.click(await screen.findByRole("button", { name: "Actions for Billing sync" }));
  await user.click(screen.getByRole("menuitem", { name: menu.disable }));
  const dialog = within(screen.getByRole("dialog", { name: "Disable Billing sync?" }));
  expect(dialog.getByText("2 requests waiting for a retry are held.")).toBeTruthy();
  await user.click(dialog.getByRole("button", { name: "Disable webhook" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const patch = asked.find(({ method }) => method === "PATCH");
  expect(patch?.body).toEqual({ enabled: false });
  expect(patch?.headers.get("If-Match")).toBe('"4"');
});

it("offers to reactivate what is disabled", async () => {
  serve({ ...common, "GET /api/webhooks": () => page([row({ enabled: false })]) });
  const { user } = open();
  const cells = within(await screen.findByRole("row", { name: /Billing sync/ }));
  expect(cells.getByText("Disabled")).toBeTruthy();
  await user.click(cells.getByRole("button", { name: "Actions for Billing sync" }));
  expect(screen.queryByRole("menuitem", { name: menu.disable })).toBeNull();
  expect(screen.getByRole("menuitem", { name: menu.enable })).toBeTruthy();
});

it("wants the name typed before it deletes what has traffic", async () => {
  const asked = serve({
    ...common,
    "GET /api/webhooks": () => page([row()]),
    "DELETE /api/webhooks/w1": () => new Response(null, { status: 204 }),
  });
  const { user } = open();
  await user.click(await screen.findByRole("button", { name: "Actions for Billing sync" }));
  await user.click(screen.getByRole("menuitem", { name: menu.remove }));
  const dialog = within(screen.getByRole("dialog", { name: "Delete Billing sync?" }));
  const remove = dialog.getByRole("button", { name: menu.remove });
  expect(remove).toHaveProperty("disabled", true);
  await user.type(dialog.getByRole("textbox"), "Billing sync");
  await user.click(remove);
  await waitFor(() => expect(asked.some(({ method }) => method === "DELETE")).toBe(true));
});

it("opens the dialog at its address", async () => {
  serve({ ...common, "GET /api/webhooks": () => page([]) });
  open("/webhooks/create");
  expect(await screen.findByRole("dialog", { name: form.createTitle })).toBeTruthy();
});
