import type { Locator, Page } from "@playwright/test";
import { type Api, userCreated } from "../kit/api.ts";
import { violations } from "../kit/axe.ts";
import type { Endpoint } from "../kit/endpoint.ts";
import { routes } from "../kit/routes.ts";
import { type Seed, seed } from "../kit/seed.ts";
import type { Server } from "../kit/server.ts";
import { admin, expect, test } from "../kit/test.ts";

// Every route of the router's table in both themes and in each state that it has, on
// the real server. axe runs once what tells the state is visible.

type Theme = "light" | "dark";
const themes: readonly Theme[] = ["light", "dark"];

/** What the server holds, and what each state of an object is to be found under. */
interface Found extends Seed {
  inbox: string;
  /** A webhook that does not answer, and a request of it that no attempt of has ended. */
  slow: string;
  waiting: string;
}

type Ready = (page: Page, found: Found) => Locator | Promise<Locator>;

interface Case {
  at: (found: Found) => string;
  /** Nothing is there yet; at is its own address where an object is needed. */
  empty?: Ready | { at: (found: Found) => string; ready: Ready };
  filled?: Ready;
  /** What is asked for cannot be had. */
  error?: Ready | { at: (found: Found) => string; ready: Ready };
  dialog?: Ready;
  /** Why it cannot be in the other states. */
  never?: string;
}

const dialogBy = (button: string | RegExp, name?: string | RegExp) => async (page: Page) => {
  await page.getByRole("button", { name: button }).first().click();
  return page.getByRole("dialog", name === undefined ? {} : { name });
};
const row = (what: string) => (page: Page) => page.getByRole("row").filter({ hasText: what }).first();
const text = (what: string | RegExp) => (page: Page) => page.getByText(what).first();
const h1 = (name: string | RegExp) => (page: Page) => page.getByRole("heading", { level: 1, name });
const failed = (page: Page) => page.getByRole("alert").filter({ hasText: "could not be loaded" }).first();
const none = (pattern: string) => ({ at: () => pattern, ready: text(/does not exist/) });

/** The sheet of shortcuts opens on every page with the frame. */
const sheet: Ready = async (page) => {
  await page.keyboard.press("?");
  return page.getByRole("dialog", { name: /shortcuts/i });
};
const menuDialog =
  (menu: string, entry: string, name: string): Ready =>
  async (page) => {
    await page.getByRole("button", { name: menu }).first().click();
    await page.getByRole("menuitem", { name: entry }).click();
    return page.getByRole("dialog", { name });
  };
const outside = "pages outside the frame open no dialog, and signed in there is no way to them";

const cases: Record<string, Case> = {
  "/setup": { at: () => "/setup", never: outside },
  "/login": { at: () => "/login", never: outside },
  "/start": {
    at: () => "/start",
    error: { at: () => "/start", ready: text("This address holds no link") },
    never: outside,
  },
  "/overview": {
    at: () => "/overview",
    empty: text("No requests yet"),
    filled: (page) => page.getByRole("region", { name: "Needs attention" }).getByText("Data warehouse"),
    error: failed,
    dialog: sheet,
  },
  "/webhooks": {
    at: () => "/webhooks",
    empty: text("No webhooks yet"),
    filled: row("Billing sync"),
    error: failed,
    dialog: menuDialog("Actions for Billing sync", "Delete webhook", "Delete Billing sync?"),
  },
  "/webhooks/create": {
    at: () => "/webhooks/create",
    empty: (page) => page.getByRole("dialog", { name: "Create webhook" }).getByText(userCreated, { exact: true }),
    error: async (page) => {
      const dialog = page.getByRole("dialog", { name: "Create webhook" });
      await expect(dialog.getByRole("alert").first()).toBeVisible({ timeout: 20_000 });
      await dialog.getByRole("button", { name: "Create webhook" }).click();
      return dialog.getByText("Select at least one event.");
    },
    dialog: async (page) => {
      const dialog = page.getByRole("dialog", { name: "Create webhook" });
      await dialog.getByLabel("Name").fill("CRM");
      await page.keyboard.press("Escape");
      return page.getByRole("dialog", { name: "Discard?" });
    },
    never: "it is a form: filled is the state before the dialog",
  },
  "/webhooks/:id/settings": {
    at: (found) => `/webhooks/${found.healthy.id}/settings`,
    empty: {
      at: (found) => `/webhooks/${found.idle.id}/settings`,
      ready: text("Send a sample of each selected event"),
    },
    filled: async (page) => {
      await page.getByRole("button", { name: "Send test payload" }).first().click();
      return page.getByText("2 of 2 succeeded.");
    },
    error: none("/webhooks/nothing/settings"),
    dialog: dialogBy("Regenerate", "Regenerate the signing key?"),
  },
  "/webhooks/:id/recent-requests": {
    at: (found) => `/webhooks/${found.healthy.id}/recent-requests`,
    empty: { at: (found) => `/webhooks/${found.idle.id}/recent-requests`, ready: text("No requests in the last") },
    filled: row(userCreated),
    error: none("/webhooks/nothing/recent-requests"),
    dialog: menuDialog("More actions", "Disable webhook", "Disable Billing sync?"),
  },
  "/webhooks/:id/recent-requests/:requestId": {
    at: (found) => `/webhooks/${found.healthy.id}/recent-requests/${found.retried.id}`,
    empty: {
      at: (found) => `/webhooks/${found.slow}/recent-requests/${found.waiting}`,
      ready: (page) => page.getByRole("heading", { level: 1 }),
    },
    filled: text("Attempt 4"),
    error: { at: (found) => `/webhooks/${found.healthy.id}/recent-requests/nothing`, ready: text("does not exist") },
    dialog: dialogBy("Resend", "Already delivered. Send again?"),
  },
  "/requests": {
    at: () => "/requests",
    empty: text("No requests in the last"),
    filled: row("PostSignIn"),
    error: failed,
    dialog: sheet,
  },
  "/requests/:requestId": {
    at: (found) => `/requests/${found.failed.id}`,
    empty: { at: (found) => `/requests/${found.waiting}`, ready: (page) => page.getByRole("heading", { level: 1 }) },
    filled: text("upstream connect error"),
    error: { at: () => "/requests/nothing", ready: text("does not exist") },
    dialog: sheet,
  },
  "/settings/:section": {
    at: () => "/settings/general",
    filled: row("listen"),
    error: failed,
    dialog: sheet,
    never: "settings always have values",
  },
  "/api": {
    at: () => "/api",
    filled: text("Choose an operation"),
    error: failed,
    dialog: sheet,
    never: "the API is never empty",
  },
  "/events": {
    at: () => "/events",
    empty: text("No events yet"),
    filled: row("No webhook subscribed"),
    error: failed,
    dialog: dialogBy("Emit event", "Emit an event"),
  },
  "/events/stream/:eventId": {
    at: (found) => `/events/stream/${found.succeeded.eventId}`,
    empty: { at: (found) => `/events/stream/${found.unmatched}`, ready: text("No webhook wanted this event") },
    filled: row("Billing sync"),
    error: { at: () => "/events/stream/nothing", ready: text("does not exist") },
    never: "no dialog belongs to it",
  },
  "/events/catalogue": {
    at: () => "/events/catalogue",
    filled: text("Choose an event type to see its payload"),
    error: failed,
    dialog: dialogBy("Add event type", "Add an event type"),
    never: "the catalogue is never empty",
  },
  "/events/catalogue/:type": {
    at: (found) => `/events/catalogue/${found.eventType}`,
    empty: { at: () => "/events/catalogue/PostResetPassword", ready: text("No webhook subscribed.") },
    filled: text("An invoice was paid in full."),
    error: { at: () => "/events/catalogue/Nothing.Here", ready: text("does not exist") },
    dialog: dialogBy("Delete event type", "Delete Invoice.Paid?"),
  },
  "/receiver": {
    at: () => "/receiver",
    empty: text("No inbox yet"),
    filled: row(userCreated),
    error: failed,
    never: "with an inbox it is that inbox",
  },
  "/receiver/:inbox": {
    at: (found) => `/receiver/${found.inbox}`,
    filled: row(userCreated),
    error: { at: () => "/receiver/00000000000000000000000000000000", ready: text("does not exist") },
    dialog: dialogBy("Delete inbox", "Delete this inbox?"),
  },
  "/receiver/:inbox/:messageId": {
    at: (found) => `/receiver/${found.inbox}/1`,
    filled: text("HMAC-SHA256 over"),
    error: { at: (found) => `/receiver/${found.inbox}/99`, ready: text("This message is gone") },
    dialog: dialogBy("Clear", "Clear this inbox?"),
    never: "a message is never empty",
  },
  "/api-keys": {
    at: () => "/api-keys",
    filled: row("Billing app"),
    error: failed,
    dialog: dialogBy("Create API key", "Create API key"),
  },
  "/*": {
    at: () => "/nothing/here",
    error: h1("Page not found"),
    never: "it has nothing else to show",
  },
};

async function fill(server: Server, api: Api, endpoint: Endpoint): Promise<Found> {
  const found = await seed(api, endpoint);
  const inbox = await api.call<{ id: string; url: string }>("POST", "/api/receiver/inboxes");
  const webhook = await api.webhook({ name: "Demo receiver", url: inbox.url.replace(server.base, server.direct) });
  await api.delivered(userCreated);
  await api.change(webhook.id, { enabled: false });
  await api.call("POST", "/api/api-keys", { name: "Billing app", scopes: ["emit"] });
  const hangs = await api.webhook({ name: "Slow", url: endpoint.url("/slow"), eventTypes: ["PostRegister"] });
  const behave = endpoint.behave;
  endpoint.behave = (request) => (request.path === "/slow" ? "hang" : behave(request));
  const event = await api.emit("PostRegister");
  return { ...found, inbox: inbox.id, slow: hangs.id, waiting: (await api.settled(event.id, ["pending"])).id };
}

test("every route of the router's table has its cases", () => {
  expect(Object.keys(cases).sort()).toEqual(routes().sort());
});

for (const theme of themes) {
  test.describe(`axe, ${theme}`, () => {
    test.use({ colorScheme: theme });
    test.setTimeout(240_000);

    test(`pages that are filled, ${theme}`, async ({ page, open, server, api, endpoint }) => {
      const found = await fill(server, api, endpoint);
      for (const [route, one] of Object.entries(cases)) {
        if (!one.filled) continue;
        await open(one.at(found));
        await check(page, `${route} filled`, await one.filled(page, found));
      }
    });

    test(`dialogs, ${theme}`, async ({ page, open, server, api, endpoint }) => {
      const found = await fill(server, api, endpoint);
      for (const [route, one] of Object.entries(cases)) {
        if (!one.dialog) continue;
        await open(one.at(found));
        if (one.filled) await expect(await one.filled(page, found)).toBeVisible();
        await check(page, `${route} with a dialog`, await one.dialog(page, found));
      }
    });

    test(`pages with nothing on them, ${theme}`, async ({ page, open, server, api, endpoint, browser }) => {
      void browser;
      const nothing = {} as Found;
      const own: [string, { at: (found: Found) => string; ready: Ready }][] = [];
      for (const [route, one] of Object.entries(cases)) {
        if (!one.empty) continue;
        if (typeof one.empty !== "function") {
          own.push([route, one.empty]);
          continue;
        }
        await open(one.at(nothing));
        await check(page, `${route} empty`, await one.empty(page, nothing));
      }
      const found = await fill(server, api, endpoint);
      for (const [route, { at, ready }] of own) {
        await open(at(found));
        await check(page, `${route} empty`, await ready(page, found));
      }
    });

    test.describe("without any API key", () => {
      test.use({ serverOptions: { key: false } });

      test(`the page of API keys with none, ${theme}`, async ({ page, open }) => {
        await open("/api-keys");
        await check(page, "/api-keys empty", text("No API keys yet")(page));
      });
    });

    test.describe("before there is an administrator", () => {
      test.use({ signedIn: false, serverOptions: { admin: false } });

      test(`set up and sign in, ${theme}`, async ({ page, open, server, recorder }) => {
        await page.goto((await server.setupLink()).href);
        const finish = page.getByRole("button", { name: "Finish setup" });
        await check(page, "/setup empty", finish);
        await finish.click();
        await check(page, "/setup with mistakes", page.getByText("Enter your name."));
        await page.getByLabel("Name").fill("Ada");
        await page.getByLabel("E-mail").fill(admin.email);
        await page.getByLabel("Password", { exact: true }).fill(admin.password);
        await check(page, "/setup filled", page.getByText("Strength:"));
        await finish.click();
        await expect(page.getByRole("button", { name: "Account" })).toBeVisible();
        await page.goto("about:blank"); // its stream ends before its session
        await page.context().clearCookies();
        await open("/setup#token=used");
        await check(page, "/setup done", page.getByText("Setup is already done"));
        await open("/login");
        await check(page, "/login empty", page.getByRole("button", { name: "Sign in" }));
        recorder.expect(401, "POST", /^\/api\/session/);
        await page.getByLabel("E-mail").fill(admin.email);
        await page.getByLabel("Password", { exact: true }).fill("not the password");
        await page.getByRole("button", { name: "Sign in" }).click();
        await check(page, "/login refused", page.getByText("E-mail or password is wrong."));
        await open("/start#t=nonsense");
        await check(page, "/start refused", page.getByRole("alert"));
      });
    });

    test(`pages that cannot show what was asked for, ${theme}`, async ({
      page,
      open,
      server,
      api,
      endpoint,
      recorder,
    }) => {
      recorder.expectCuts();
      recorder.expect(404, "GET", /^\/api\//);
      const found = await fill(server, api, endpoint);
      for (const [route, one] of Object.entries(cases)) {
        if (!one.error) continue;
        if (typeof one.error === "function") {
          // The connection is lost for all but who is signed in.
          server.wire.fate = (_, url) => (/\/api\/(?!session)|openapi/.test(url.pathname) ? "cut" : "pass");
          await open(one.at(found));
          await check(page, `${route} without an answer`, await one.error(page, found));
          server.wire.fate = () => "pass";
        } else {
          await open(one.error.at(found));
          await check(page, `${route} of nothing`, await one.error.ready(page, found));
        }
      }
    });
  });
}

async function check(page: Page, state: string, ready: Locator): Promise<void> {
  await expect(ready, state).toBeVisible({ timeout: 20_000 });
  // Colours are judged once they have stopped changing; what turns for ever is left to turn.
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.all(ending.map((one) => one.finished.catch(() => undefined)));
  });
  expect.soft(await violations(page), state).toEqual([]);
}
