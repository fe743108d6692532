import type { Page, Request } from "@playwright/test";
import { userCreated } from "../kit/api.ts";
import { expect, test } from "../kit/test.ts";

const rows = "Requests";

/** What the frame of the console says about its stream. */
const connection = (page: Page) => page.getByRole("navigation", { name: "Main" });

/** The tries of a page to open a stream. */
function triesOf(page: Page) {
  let made = 0;
  let failed = 0;
  const isStream = (request: Request) => new URL(request.url()).pathname.endsWith("/api/stream");
  page.on("request", (request) => void (isStream(request) && made++));
  page.on("requestfailed", (request) => void (isStream(request) && failed++));
  return {
    /** None is under way. */
    settled: () => expect.poll(() => made - failed).toBe(0),
    /** Moves the page's clock to the next try, and not further: it would overtake the answer. */
    async next(): Promise<void> {
      const before = made;
      // Tries are 36 s apart at most.
      for (let seconds = 0; made === before && seconds < 60; seconds++) await page.clock.runFor(1_000);
      expect(made).toBeGreaterThan(before);
    },
  };
}

test("a row appears by the stream, without asking again", async ({ page, open, api, endpoint, server }) => {
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  await open("/requests");
  await expect.poll(() => server.wire.openStreams().length).toBe(1);
  await expect(connection(page)).toHaveText(/Live/);
  // Lists are refused from now on: the row can only come by the stream.
  server.wire.fate = (_, url) => (/\/api\/deliveries/.test(url.pathname) ? "hang" : "pass");
  await api.delivered(userCreated);
  const row = page.getByRole("table", { name: rows }).getByRole("row").filter({ hasText: userCreated });
  await expect(row).toHaveCount(1);
  await expect(row).toContainText("200");
});

test("rows appear with the stream blocked", async ({ page, open, api, endpoint, server, recorder }) => {
  recorder.expectCuts();
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  server.wire.streams = "cut";
  await page.clock.install();
  const tries = triesOf(page);
  await open("/requests");
  await expect(page.getByRole("heading", { level: 1, name: "Requests" })).toBeVisible();
  await expect.poll(() => server.wire.calls("GET", /\/api\/stream$/).length).toBeGreaterThan(0);
  // Tries after 1 s and 2 s fail as well: then it polls.
  await tries.next();
  await tries.next();
  await expect(connection(page)).toHaveText(/Updating every 5 s/);
  await api.delivered(userCreated);
  await page.clock.runFor(5_000);
  await expect(page.getByRole("table", { name: rows }).getByRole("row").filter({ hasText: userCreated })).toHaveCount(
    1,
  );
  expect(server.wire.openStreams()).toHaveLength(0);

  // When streams work again, it is live again with the next try. From there on the page's
  // clock stands still: an answer takes time of the machine, and 6 s without one is silence.
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1_000);
  await tries.settled();
  server.wire.streams = "pass";
  await tries.next();
  await expect(connection(page)).toHaveText(/Live/);
});

test("behind a proxy that buffers, it polls within 10 s", async ({ page, open, api, endpoint, server }) => {
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  server.wire.streams = "buffer";
  await page.clock.install();
  await open("/requests");
  await expect.poll(() => server.wire.openStreams().length).toBe(1);
  await page.clock.runFor(5_000);
  await api.delivered(userCreated);
  await page.clock.runFor(5_000);
  await expect(connection(page)).toHaveText(/Updating every 5 s/);
  await expect(page.getByRole("table", { name: rows }).getByRole("row").filter({ hasText: userCreated })).toHaveCount(
    1,
  );
});

test("a stream that ends is resumed where it was", async ({ page, open, api, endpoint, server, recorder }) => {
  recorder.expectCuts();
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  await open("/requests");
  await expect(connection(page)).toHaveText(/Live/);
  await api.delivered(userCreated, { n: 1 });
  const table = page.getByRole("table", { name: rows }).getByRole("row").filter({ hasText: userCreated });
  await expect(table).toHaveCount(1);
  server.wire.dropStreams();
  await api.delivered(userCreated, { n: 2 });
  await expect(table).toHaveCount(2);
  const streams = server.wire.calls("GET", /\/api\/stream$/);
  expect(streams).toHaveLength(2);
  expect(streams[1]?.url.searchParams.get("after")).toBeTruthy();
});

test("three tabs hold one stream, also when the one that reads it is closed", async ({
  page,
  open,
  api,
  endpoint,
  server,
  context,
}) => {
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  await open("/requests");
  await expect(connection(page)).toHaveText(/Live/);
  const others = [await context.newPage(), await context.newPage()];
  for (const other of others) {
    await open("/requests", other);
    await expect(connection(other)).toHaveText(/Live/);
  }
  expect(server.wire.openStreams()).toHaveLength(1);
  await api.delivered(userCreated, { n: 1 });
  for (const tab of [page, ...others]) {
    await expect(tab.getByRole("table", { name: rows }).getByRole("row").filter({ hasText: userCreated })).toHaveCount(
      1,
    );
  }
  await page.close();
  await expect.poll(() => server.wire.openStreams().length).toBe(1);
  await api.delivered(userCreated, { n: 2 });
  for (const tab of others) {
    await expect(tab.getByRole("table", { name: rows }).getByRole("row").filter({ hasText: userCreated })).toHaveCount(
      2,
    );
  }
  expect(server.wire.openStreams()).toHaveLength(1);
});

test("signing out ends the stream", async ({ page, open, server }) => {
  await open("/webhooks");
  await expect.poll(() => server.wire.openStreams().length).toBe(1);
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect.poll(() => server.wire.openStreams().length).toBe(0);
});
