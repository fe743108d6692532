import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { Webhook } from "@/api/webhooks";
import { show } from "@/test/render";
import { type Asked, json, refusal, serve } from "@/test/server";
import {
  conflict,
  form,
  headers as headerTexts,
  key,
  menu,
  page as pageTexts,
  picker,
  test as testTexts,
} from "@/texts/webhooks";
import { Component } from "./SettingsTab";
import { common, page, webhook } from "./testdata";
import { Component as WebhookPage } from "./WebhookPage";

const path = "/api/webhooks/w1";

function open(first: Webhook, operations: Parameters<typeof serve>[0] = {}, state?: unknown) {
  let newest = first;
  let tag = 1;
  const asked = serve({
    ...common,
    "GET /api/webhooks": () => page([]),
    [`GET ${path}`]: () => json(newest, 200, { ETag: `"${tag}"` }),
    "POST /api/url-check": () => ({ normalized: "", problems: [], warnings: [], addresses: [] }),
    ...operations,
  });
  const view = show(<Component />, {
    at: "/webhooks/w1/settings",
    path: "/webhooks/:id/settings",
    outer: <WebhookPage />,
    state,
  });
  const change = (next: Webhook) => {
    newest = next;
    tag++;
  };
  return { ...view, asked, change, patches: () => asked.filter(({ method }) => method === "PATCH") };
}

const name = () => screen.findByRole("textbox", { name: "Name" });

it("counts what is unsaved, discards it, and saves only what changed", async () => {
  const { user, patches } = open(webhook(), {
    [`PATCH ${path}`]: ({ body }) => json({ ...webhook(), ...Object(body) }, 200, { ETag: '"2"' }),
  });
  await user.type(await name(), "!");
  expect(screen.getByText("1 unsaved change")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Discard" }));
  expect(screen.queryByText("1 unsaved change")).toBeNull();
  expect(await name()).toHaveProperty("value", "Billing sync");

  await user.type(await name(), "!");
  await user.keyboard("{Control>}s{/Control}");
  await waitFor(() => expect(patches()).toHaveLength(1));
  expect(patches()[0]?.body).toEqual({ name: "Billing sync!" });
  expect(patches()[0]?.headers.get("If-Match")).toBe('"1"');
  await waitFor(() => expect(screen.queryByText("1 unsaved change")).toBeNull());
});

it("asks once before a page with changes is left", async () => {
  const { user, router } = open(webhook());
  await user.type(await name(), "!");
  await user.click(screen.getByRole("link", { name: "Webhooks" }));
  const question = within(await screen.findByRole("dialog", { name: "Leave without saving?" }));
  await user.click(question.getByRole("button", { name: "Stay" }));
  expect(router.state.location.pathname).toBe("/webhooks/w1/settings");
  await user.click(screen.getByRole("link", { name: "Webhooks" }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Leave" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/webhooks"));
});

it("follows the server while nothing is changed, and keeps what is", async () => {
  const { user, change, queries } = open(webhook());
  await name();
  change(webhook({ name: "Renamed" }));
  await queries.invalidateQueries();
  await screen.findByRole("heading", { name: "Renamed", level: 1 });
  expect(await name()).toHaveProperty("value", "Renamed");
  await user.type(await name(), "!");
  change(webhook({ name: "Again" }));
  await queries.invalidateQueries();
  await screen.findByRole("heading", { name: "Again", level: 1 });
  expect(await name()).toHaveProperty("value", "Renamed!");
});

it("shows both sides of a conflict and overwrites on demand", async () => {
  const theirs = webhook({ name: "Theirs", url: "https://new.example.com/", enabled: false, version: 2 });
  const { user, change, patches } = open(webhook(), {
    [`PATCH ${path}`]: ({ headers, body }) =>
      headers.get("If-Match") === '"2"'
        ? json({ ...theirs, ...Object(body) }, 200, { ETag: '"3"' })
        : refusal(412, "webhook.changed", "Changed.", { current: theirs }),
  });
  await user.type(await name(), "!");
  change(theirs);
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  const dialog = within(await screen.findByRole("dialog", { name: conflict.title }));
  const rows = dialog.getAllByRole("row").map((one) => one.textContent);
  // Overwriting leaves the URL and the disabling of the other.
  expect(rows).toEqual([`${conflict.field}${conflict.yours}${conflict.theirs}`, "NameBilling sync!Theirs"]);
  await user.click(dialog.getByRole("button", { name: conflict.overwrite }));
  await waitFor(() => expect(patches()).toHaveLength(2));
  expect(patches()[1]?.body).toEqual({ name: "Billing sync!" });
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

const secret = {
  signingKey: "the-key",
  standardWebhooksSecret: "whsec_dGhlLWtleQ==",
  createdAt: "2026-11-03T00:00:00Z",
};

// Versions as the server keeps them: a change from an old one is refused.
function versions() {
  let now = webhook();
  const next = (part: object) => {
    now = { ...now, ...part, version: now.version + 1 };
    return now;
  };
  const tagged = () => json(now, 200, { ETag: `"${now.version}"` });
  return {
    next,
    operations: {
      [`GET ${path}`]: tagged,
      [`PATCH ${path}`]: ({ headers, body }: Asked) => {
        if (headers.get("If-Match") !== `"${now.version}"`) {
          return refusal(412, "webhook.changed", "Changed.", { current: now });
        }
        next(Object(body));
        return tagged();
      },
      [`POST ${path}/signing-key`]: () => {
        next({});
        return secret;
      },
    },
  };
}

it("has no conflict with one's own disabling", async () => {
  const { user, patches } = open(webhook(), versions().operations);
  await user.type(await name(), "!");
  await user.click(screen.getByRole("button", { name: "More actions" }));
  await user.click(await screen.findByRole("menuitem", { name: menu.disable }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: menu.disable }));
  await screen.findByText(/This webhook is disabled/);
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  await screen.findByRole("heading", { name: "Billing sync!", level: 1 });
  expect(patches().map(({ body }) => body)).toEqual([{ enabled: false }, { name: "Billing sync!" }]);
  expect(screen.queryByRole("dialog", { name: conflict.title })).toBeNull();
});

it("has no conflict with one's own new signing key", async () => {
  const { user, patches } = open(webhook(), versions().operations);
  await user.type(await name(), "!");
  await user.click(screen.getByRole("button", { name: key.regenerate }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: key.regenerate }));
  await screen.findByText(secret.signingKey);
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  await screen.findByRole("heading", { name: "Billing sync!", level: 1 });
  expect(patches()).toHaveLength(1);
});

it("has a conflict with what somebody else saved of the fields, also after one's own disabling", async () => {
  const { next, operations } = versions();
  const { user } = open(webhook(), operations);
  await user.type(await name(), "!");
  next({ url: "https://new.example.com/" });
  await user.click(screen.getByRole("button", { name: "More actions" }));
  await user.click(await screen.findByRole("menuitem", { name: menu.disable }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: menu.disable }));
  await screen.findByText(/This webhook is disabled/);
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  expect(await screen.findByRole("dialog", { name: conflict.title })).toBeTruthy();
});

it("takes the other side of a conflict on demand", async () => {
  const theirs = webhook({ name: "Theirs", version: 2 });
  const { user, change } = open(webhook(), {
    [`PATCH ${path}`]: () => refusal(412, "webhook.changed", "Changed.", { current: theirs }),
  });
  await user.type(await name(), "!");
  change(theirs);
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: conflict.reload }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(await name()).toHaveProperty("value", "Theirs");
});

it("keeps a locked value that is left alone, and tells the server of it when the URL changes", async () => {
  const { user, patches } = open(webhook(), { [`PATCH ${path}`]: () => json(webhook(), 200, { ETag: '"2"' }) });
  const value = await screen.findByRole("textbox", { name: headerTexts.valueOf(1) });
  expect(value).toHaveProperty("value", "");
  expect(value.getAttribute("placeholder")).toBe(headerTexts.set("3 Nov 2026"));
  await user.type(screen.getByRole("textbox", { name: "Endpoint URL" }), "/v2");
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  await waitFor(() => expect(patches()).toHaveLength(1));
  expect(patches()[0]?.body).toEqual({
    url: "https://api.acme.example/hooks/v2",
    headers: [{ name: "Authorization", locked: true }],
  });
});

it("shows every mistake in headers under its row and sends nothing", async () => {
  const { user, patches } = open(webhook());
  await screen.findByRole("textbox", { name: headerTexts.nameOf(1) });
  for (const [i, text] of ["AUTHORIZATION", "bad name"].entries()) {
    await user.click(screen.getByRole("button", { name: headerTexts.add }));
    await user.type(screen.getByRole("textbox", { name: headerTexts.nameOf(i + 2) }), text);
  }
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  expect(screen.getByText(headerTexts.duplicate(1))).toBeTruthy();
  expect(screen.getByText(headerTexts.badName)).toBeTruthy();
  expect(patches()).toHaveLength(0);
});

it("proposes a lock by the name, and takes pasted lines apart", async () => {
  const { user } = open(webhook({ headers: [] }));
  await user.click(await screen.findByRole("button", { name: headerTexts.add }));
  await user.click(screen.getByRole("textbox", { name: headerTexts.nameOf(1) }));
  await user.paste("X-Api-Key: abc\nX-Env: prod");
  expect(screen.getByRole("textbox", { name: headerTexts.valueOf(1) })).toHaveProperty("value", "abc");
  expect(screen.getByRole("textbox", { name: headerTexts.nameOf(2) })).toHaveProperty("value", "X-Env");
  const locked = (n: number) =>
    screen.getByRole("button", { name: headerTexts.lockOf(n) }).getAttribute("aria-pressed");
  expect([locked(1), locked(2)]).toEqual(["true", "false"]);
});

it("copies the signing key without showing it", async () => {
  const { user } = open(webhook(), { [`GET ${path}/signing-key`]: () => secret });
  const write = vi.spyOn(navigator.clipboard, "writeText");
  await user.click(await screen.findByRole("button", { name: "Copy signing key" }));
  await waitFor(() => expect(write).toHaveBeenCalledWith("the-key"));
  expect(document.body.innerHTML).not.toContain("the-key");
  expect(document.body.textContent).toContain("•".repeat(20));
  expect(document.body.textContent).not.toContain("•".repeat(21));
  expect(await screen.findByText("Copied signing key")).toBeTruthy();
});

it("shows the key on demand and hides it again", async () => {
  const { user } = open(webhook(), { [`GET ${path}/signing-key`]: () => secret });
  await user.click(await screen.findByRole("button", { name: key.show }));
  expect(await screen.findByText("the-key")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: key.hide }));
  expect(document.body.innerHTML).not.toContain("the-key");
});

it("asks before it regenerates, and shows the new key", async () => {
  const { user } = open(webhook(), { [`POST ${path}/signing-key`]: () => ({ ...secret, signingKey: "new-key" }) });
  await user.click(await screen.findByRole("button", { name: key.regenerate }));
  const dialog = within(await screen.findByRole("dialog", { name: key.regenerateTitle }));
  await user.click(dialog.getByRole("button", { name: key.regenerate }));
  expect(await screen.findByText("new-key")).toBeTruthy();
});

const attempt = (outcome: string, more: object = {}) => ({
  number: 1,
  outcome,
  trigger: "test",
  startedAt: "2026-11-23T00:00:00Z",
  durationMs: 84,
  request: { method: "POST", url: "https://api.acme.example/hooks", headers: [["authorization", null]], size: 2 },
  phases: { dns: 1, connect: 2, tls: 3, wait: 4, read: 0 },
  reused: false,
  ...more,
});

it("sends a test per event with the values in the form, and shows the real answers", async () => {
  const { user, asked } = open(webhook({ eventTypes: ["User.*"], headers: [] }), {
    [`POST ${path}/test`]: ({ body }) =>
      Object(body).eventType === "User.Created"
        ? { webhookId: "d1", requestBody: "{}", responseBody: "OK", attempt: attempt("succeeded", { status: 200 }) }
        : {
            webhookId: "d2",
            requestBody: "{}",
            attempt: attempt("failed", { reason: "timeout", detail: "No answer for 10 s." }),
          },
  });
  await user.type(await screen.findByRole("textbox", { name: "Endpoint URL" }), "/v2");
  await user.click(screen.getAllByRole("button", { name: testTexts.send }).at(-1) ?? document.body);
  expect(await screen.findByText("1 of 2 succeeded.")).toBeTruthy();
  expect(screen.getByText(testTexts.unsaved)).toBeTruthy();
  expect(screen.getByRole("row", { name: /User.Created/ }).textContent).toContain("200");
  const failed = within(screen.getByRole("row", { name: /User.Deleted/ }));
  expect(failed.getByText("Timeout")).toBeTruthy();
  expect(failed.getByText("No answer for 10 s.")).toBeTruthy();
  const tests = asked.filter((one) => one.path === `${path}/test`);
  expect(tests.map((one) => one.body)).toEqual([
    { eventType: "User.Created", url: "https://api.acme.example/hooks/v2" },
    { eventType: "User.Deleted", url: "https://api.acme.example/hooks/v2" },
  ]);
  await user.click(failed.getByRole("button", { name: testTexts.againOf("User.Deleted") }));
  await waitFor(() => expect(asked.filter((one) => one.path === `${path}/test`)).toHaveLength(3));
});

it("has at most five tests under way", async () => {
  let now = 0;
  let most = 0;
  const names = Array.from({ length: 12 }, (_, i) => `User.E${i}`);
  const { user } = open(webhook({ eventTypes: names, headers: [] }), {
    "GET /api/event-types": () => ({
      items: names.map((n) => ({
        name: n,
        group: "User",
        description: "",
        builtIn: false,
        deprecated: false,
        hasSchema: false,
        webhookCount: 0,
      })),
    }),
    [`POST ${path}/test`]: async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve));
      now--;
      return { webhookId: "d", requestBody: "{}", attempt: attempt("succeeded", { status: 200 }) };
    },
  });
  await waitFor(() =>
    expect(screen.getAllByRole("button", { name: testTexts.send }).at(-1)).toHaveProperty("disabled", false),
  );
  await user.click(screen.getAllByRole("button", { name: testTexts.send }).at(-1) ?? document.body);
  expect(await screen.findByText("12 of 12 succeeded.")).toBeTruthy();
  expect(screen.getByText(testTexts.ready)).toBeTruthy();
  expect(most).toBe(5);
});

it("sends an edited payload, and the sample again after Reset", async () => {
  const { user, asked } = open(webhook({ headers: [] }), {
    "GET /api/event-types/User.Created": () => ({
      ...common["GET /api/event-types"]().items[1],
      example: '{"event":"User.Created","n":9007199254740993}',
      webhooks: [],
    }),
    [`POST ${path}/test`]: () => ({
      webhookId: "d",
      requestBody: "{}",
      attempt: attempt("succeeded", { status: 200 }),
    }),
  });
  await waitFor(() => expect(screen.getByRole("button", { name: testTexts.edit })).toHaveProperty("disabled", false));
  await user.click(screen.getByRole("button", { name: testTexts.edit }));
  const field = await screen.findByRole("textbox", { name: testTexts.payload("User.Created") });
  await waitFor(() =>
    expect(field).toHaveProperty("value", '{\n  "event": "User.Created",\n  "n": 9007199254740993\n}'),
  );
  await user.clear(field);
  expect(screen.getByText(/^Line 1, column 1/)).toBeTruthy();
  await user.click(field);
  await user.paste('{"name":"me"}');
  await user.click(screen.getByRole("button", { name: picker.done }));
  const send = () => user.click(screen.getAllByRole("button", { name: testTexts.send }).at(-1) ?? document.body);
  await send();
  await screen.findByText("1 of 1 succeeded.");
  await user.click(screen.getByRole("button", { name: testTexts.edit }));
  await user.click(await screen.findByRole("button", { name: testTexts.reset }));
  await user.click(screen.getByRole("button", { name: picker.done }));
  await send();
  await waitFor(() => expect(asked.filter((one) => one.path === `${path}/test`)).toHaveLength(2));
  expect(asked.filter((one) => one.path === `${path}/test`).map((one) => one.body)).toEqual([
    { eventType: "User.Created", payload: expect.stringMatching(/^\{"name":"me"[,}]/) },
    { eventType: "User.Created", payload: expect.stringMatching(/"n": ?9007199254740993/) },
  ]);
});

it("says that a webhook is disabled, and offers to reactivate it", async () => {
  const { user, patches } = open(webhook({ enabled: false, heldCount: 3 }), {
    [`PATCH ${path}`]: () => json(webhook(), 200, { ETag: '"2"' }),
  });
  const note = (await screen.findByText(/This webhook is disabled/)).textContent;
  expect(note).toContain(pageTexts.heldNote(3));
  await user.click(screen.getByRole("button", { name: menu.enable }));
  await waitFor(() => expect(patches()[0]?.body).toEqual({ enabled: true }));
});

it("says that a new webhook is active only while it is, and not again", async () => {
  const replaced = vi.spyOn(history, "replaceState");
  const { change, queries } = open(webhook(), {}, { created: true });
  expect(await screen.findByText(form.createdNote)).toBeTruthy();
  // What the address keeps for a reload, and for coming back, does not say it.
  expect(replaced).toHaveBeenCalledWith(expect.objectContaining({ usr: null }), "");
  change(webhook({ enabled: false }));
  await queries.invalidateQueries();
  await screen.findByText(/This webhook is disabled/);
  expect(screen.queryByText(form.createdNote)).toBeNull();
  change(webhook());
  await queries.invalidateQueries();
  await waitFor(() => expect(screen.queryByText(/This webhook is disabled/)).toBeNull());
  expect(screen.queryByText(form.createdNote)).toBeNull();
});

it("names a webhook that does not exist", async () => {
  open(webhook(), { [`GET ${path}`]: () => refusal(404, "entity.not_found", "The resource does not exist.") });
  expect(await screen.findByRole("heading", { name: "Webhook w1 does not exist", level: 1 })).toBeTruthy();
});

it("shows what failed, and tries again", async () => {
  let fails = true;
  const { user } = open(webhook(), {
    [`GET ${path}`]: () =>
      fails ? refusal(500, "internal", "Internal server error.") : json(webhook(), 200, { ETag: '"1"' }),
  });
  const card = within(await screen.findByRole("alert"));
  fails = false;
  await user.click(card.getByRole("button", { name: "Retry" }));
  expect(await name()).toBeTruthy();
});
