import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { signedInCount } from "@/api/client";
import { show } from "@/test/render";
import { refusal, serve } from "@/test/server";
import { errors } from "@/texts/common";
import { picker, form as texts } from "@/texts/webhooks";
import { CreateModal } from "./CreateModal";
import { common, eventTypes, page, row, session } from "./testdata";

// The dialog has taken the focus when a person begins.
async function open(operations: Parameters<typeof serve>[0] = {}) {
  const asked = serve({ ...common, "GET /api/webhooks": () => page([]), ...operations });
  const closed: string[] = [];
  const view = show(<CreateModal onClose={() => closed.push("closed")} />, {
    at: "/webhooks/create",
    path: "/webhooks/create",
  });
  const search = await screen.findByRole("textbox", { name: picker.search });
  await waitFor(() => expect(document.activeElement).toBe(search));
  const posts = () => asked.filter(({ method, path }) => method === "POST" && path === "/api/webhooks");
  return { ...view, asked, closed, posts };
}

const submit = () => within(screen.getByRole("dialog")).getByRole("button", { name: texts.submit });
const url = () => screen.getByRole("textbox", { name: texts.url });
const name = () => screen.getByRole("textbox", { name: texts.name });

it("has the fields in the page's order, and the focus in the first", async () => {
  await open();
  const search = screen.getByRole("textbox", { name: picker.search });
  const inOrder = [search, name(), url()];
  for (const [i, field] of inOrder.slice(1).entries()) {
    expect(inOrder[i]?.compareDocumentPosition(field)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  }
  expect(document.activeElement).toBe(search);
});

it("sends nothing without events, and goes to the first mistake", async () => {
  const { user, posts } = await open();
  await screen.findByRole("checkbox", { name: "User.Created" });
  await user.click(submit());
  expect(screen.getByText(texts.eventsMissing)).toBeTruthy();
  expect(document.activeElement).toBe(screen.getByRole("textbox", { name: picker.search }));
  expect(posts()).toHaveLength(0);
  expect(screen.getByText("3 problems")).toBeTruthy();
});

it("warns of many events with how often they happen, and lets them be chosen", async () => {
  const names = Array.from({ length: 16 }, (_, i) => `Order.Step${i}`);
  const types = names.map((one) => ({ ...eventTypes().items[0], name: one, group: "Order" }));
  const { user, asked } = await open({
    "GET /api/event-types": () => ({ items: types }),
    "GET /api/events": () => ({ items: Array.from({ length: 72 }, () => ({ acceptedAt: new Date().toISOString() })) }),
  });
  await user.click(await screen.findByRole("checkbox", { name: "Order" }));
  await screen.findByText(
    /16 events are selected.*In the last 24 hours they came to 0.05 events per minute on average/,
  );
  expect(asked.find(({ path }) => path === "/api/events")?.query.getAll("eventType")).toEqual(names);
  await user.click(screen.getByRole("checkbox", { name: "Order.Step3" }));
  expect(screen.queryByText(/events per minute/)).toBeNull();
});

it("sends what was chosen and goes to the new webhook", async () => {
  const { user, posts, router } = await open({ "POST /api/webhooks": () => row({ id: "w9" }) });
  await user.click(await screen.findByRole("checkbox", { name: "User.Created" }));
  await user.click(screen.getByRole("checkbox", { name: "User.Deleted" }));
  await user.type(name(), "  CRM sync ");
  await user.type(url(), "https://hooks.example.com/in");
  await user.click(submit());
  await waitFor(() => expect(router.state.location.pathname).toBe("/webhooks/w9/settings"));
  expect(posts()[0]?.body).toEqual({
    name: "CRM sync",
    eventTypes: ["User.Created", "User.Deleted"],
    url: "https://hooks.example.com/in",
  });
});

it("stores a group with its future as a pattern", async () => {
  const { user, posts } = await open({ "POST /api/webhooks": () => row() });
  await user.type(await screen.findByRole("textbox", { name: picker.search }), "User.*");
  await user.click(screen.getByRole("button", { name: picker.futureOf("User") }));
  await user.type(name(), "x");
  await user.type(url(), "https://hooks.example.com/in");
  await user.click(submit());
  await waitFor(() => expect(posts()[0]?.body).toMatchObject({ eventTypes: ["User.*"] }));
});

describe("addresses that cannot be", () => {
  it.each([
    ["http://localhost:3000", texts.urlPrivate("localhost")],
    ["https://10.0.0.1", texts.urlPrivate("10.0.0.1")],
    ["https://[::1]", texts.urlPrivate("[::1]")],
    ["https://169.254.169.254", texts.urlPrivate("169.254.169.254")],
    ["http://api.example.com", texts.urlHttp],
    ["https://a:b@example.com", texts.urlUserinfo],
    ["example.com", texts.urlShape],
  ])("%s", async (text, message) => {
    const { user, asked } = await open();
    await user.click(url());
    await user.paste(text);
    await user.tab();
    expect(await screen.findByText(message)).toBeTruthy();
    expect(asked.some(({ path }) => path === "/api/url-check")).toBe(false);
  });
});

it("accepts them in development mode, with a mark", async () => {
  const { user } = await open({
    "GET /api/session": () => ({ ...session, dev: true }),
    "POST /api/url-check": () => ({ normalized: "", problems: [], warnings: [], addresses: [] }),
  });
  await screen.findByText(texts.urlHelpDev);
  await user.type(url(), "http://localhost:3000");
  await user.tab();
  expect(screen.getByText("Dev address")).toBeTruthy();
  expect(url().getAttribute("aria-invalid")).not.toBe("true");
});

it("warns of a name that does not resolve, or to where requests are blocked", async () => {
  const warnings = ["not_resolved", "address_blocked"].map((code) => ({ code, message: code }));
  const { user } = await open({
    "POST /api/url-check": () => ({
      normalized: "",
      problems: [],
      warnings,
      addresses: [{ address: "10.0.0.5", blocked: true }],
    }),
  });
  await user.type(url(), "https://hooks.example.com/a#b");
  await user.tab();
  expect(await screen.findByText(texts.urlUnresolved("hooks.example.com"))).toBeTruthy();
  expect(screen.getByText(texts.urlBlocked("10.0.0.5"))).toBeTruthy();
  expect(screen.getByText(texts.urlFragment)).toBeTruthy();
});

it("puts what the server refuses at its field", async () => {
  const issues = [{ path: "url", code: "url.host_not_public", message: "Not public." }];
  const { user } = await open({
    "POST /api/webhooks": () => refusal(400, "guard.invalid_input", "The request body is invalid.", { issues }),
    "POST /api/url-check": () => ({ normalized: "", problems: [], warnings: [], addresses: [] }),
  });
  await user.click(await screen.findByRole("checkbox", { name: "User.Created" }));
  await user.type(name(), "x");
  await user.type(url(), "https://hooks.example.com/in");
  await user.click(submit());
  expect(await screen.findByText("Not public.")).toBeTruthy();
  expect(document.activeElement).toBe(url());
});

it("forgets that nobody was signed in once somebody is, and keeps what was typed", async () => {
  const { user } = await open({
    "POST /api/webhooks": () => refusal(401, "auth.unauthorized", "Unauthorized."),
    "POST /api/url-check": () => ({ normalized: "", problems: [], warnings: [], addresses: [] }),
  });
  await user.click(await screen.findByRole("checkbox", { name: "User.Created" }));
  await user.type(name(), "x");
  await user.type(url(), "https://hooks.example.com/in");
  await user.click(submit());
  expect(await screen.findByText(errors.signedOut)).toBeTruthy();
  act(() => signedInCount.set(signedInCount.get() + 1));
  await waitFor(() => expect(screen.queryByText(errors.signedOut)).toBeNull());
  expect(name()).toHaveProperty("value", "x");
});

it("asks before it throws away what was typed", async () => {
  const { user, closed } = await open();
  await user.type(name(), "x");
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  const question = within(await screen.findByRole("dialog", { name: texts.discardTitle }));
  expect(closed).toEqual([]);
  await user.click(question.getByRole("button", { name: "Discard" }));
  expect(closed).toEqual(["closed"]);
});

it("closes at once when nothing was typed", async () => {
  const { user, closed } = await open();
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(closed).toEqual(["closed"]);
});

it("shows the same with the API, as the form is", async () => {
  const { user } = await open();
  await user.type(name(), "Bob's");
  await user.click(screen.getByRole("button", { name: "Do this with the API" }));
  expect((await screen.findByRole("region", { name: "curl command" })).textContent).toContain(`"name": "Bob'\\''s"`);
});
