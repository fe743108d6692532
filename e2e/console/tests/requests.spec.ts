import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { userCreated } from "../kit/api.ts";
import { signedBy } from "../kit/endpoint.ts";
import { seed } from "../kit/seed.ts";
import { expect, test } from "../kit/test.ts";

test("task 16: find the failed sign-in of a user in the last hour", async ({
  page,
  open,
  api,
  endpoint,
  recorder,
  browser,
  context,
}) => {
  const { failed } = await seed(api, endpoint);
  await open("/requests");
  const before = recorder.interactions;
  await page.getByRole("button", { name: /^Failed/ }).click();
  await page.getByLabel("Search requests").fill("u_19d2");
  const rows = page
    .getByRole("table", { name: /Requests/ })
    .getByRole("row")
    .filter({ hasText: "PostSignIn" });
  await expect(rows).toHaveCount(1);
  await expect(page.getByRole("row").filter({ hasText: userCreated })).toHaveCount(0);
  await rows.getByRole("link").first().click();
  await expect(page).toHaveURL(new RegExp(`${failed.id}`));
  expect(recorder.interactions - before).toBeLessThanOrEqual(5);

  // The address alone shows the same to somebody else.
  await page.goBack();
  const shared = page.url();
  const other = await browser.newContext({ storageState: await context.storageState() });
  await recorder.attach(other);
  const second = await other.newPage();
  await second.goto(shared);
  await expect(second.getByRole("row").filter({ hasText: "PostSignIn" })).toHaveCount(1);
  await other.close();
});

test("task 17: how often it was tried, and what came the second time", async ({
  page,
  open,
  api,
  endpoint,
  recorder,
}) => {
  const { retried } = await seed(api, endpoint);
  await open("/requests");
  const before = recorder.interactions;
  const row = page.getByRole("row").filter({ hasText: retried.eventType });
  await expect(row).toHaveCount(1);
  await row.getByRole("link").first().click();
  const attempts = page.getByRole("region", { name: "Attempts" });
  await expect(attempts.getByRole("listitem")).toHaveCount(4);
  await attempts.getByRole("link", { name: /Attempt 2/ }).click();
  await expect(page).toHaveURL(/attempt=2/);
  const response = page.getByRole("region", { name: /Response, attempt 2/ });
  await expect(response).toContainText("503");
  await expect(response).toContainText("upstream connect error");
  expect(recorder.interactions - before).toBeLessThanOrEqual(3);
});

test("task 18: the server is repaired: send that one again", async ({ page, open, api, endpoint, recorder }) => {
  const { failed } = await seed(api, endpoint);
  const sent = endpoint.received.filter((request) => request.id === failed.id);
  endpoint.behave = () => ({ status: 200, body: "repaired" });
  await open(`/requests/${failed.id}`);
  const before = recorder.interactions;
  await page.getByRole("button", { name: "Resend", exact: true }).click();
  await expect(page.getByRole("region", { name: "Attempts" }).getByRole("listitem")).toHaveCount(5);
  await expect(page.getByText("repaired").first()).toBeVisible();
  expect(recorder.interactions - before).toBeLessThanOrEqual(2);
  const again = endpoint.received.filter((request) => request.id === failed.id);
  expect(again).toHaveLength(sent.length + 1);
  expect(again.at(-1)?.body.equals(sent[0]?.body ?? Buffer.alloc(0))).toBe(true);
  expect((await api.deliveries()).filter((delivery) => delivery.eventId === failed.eventId)).toHaveLength(1);
});

test("task 20: reproduce it on your machine", async ({ page, open, api, endpoint, recorder, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { succeeded, healthy } = await seed(api, endpoint);
  const { signingKey } = await api.signingKey(healthy.id);
  await open(`/requests/${succeeded.id}`);
  const before = recorder.interactions;
  await page.getByRole("button", { name: "Copy as curl", exact: true }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain("curl");
  expect(recorder.interactions - before).toBeLessThanOrEqual(2);
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toContain("$AUTHORIZATION");
  expect(command).not.toContain("canary-");
  const already = endpoint.received.length;
  const { stdout } = await promisify(execFile)("sh", ["-c", `${command} --silent --write-out ' %{http_code}'`], {
    env: { ...process.env, AUTHORIZATION: "Bearer mine" },
  });
  expect(stdout).toContain("200");
  const request = (await endpoint.got(already + 1)).at(-1);
  expect(request && signedBy(request, signingKey)).toBe(true);
  expect(request?.headers.authorization).toBe("Bearer mine");
});

test("a request is copied for a ticket without what is secret", async ({ page, open, api, endpoint, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { failed } = await seed(api, endpoint);
  await open(`/requests/${failed.id}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Copy for a ticket" }).click();
  await expect(page.getByText("Copied, without bodies and secrets")).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toContain(`${failed.eventType}: Failed after `);
  expect(text).toContain(`Request: ${failed.id}\n`);
  expect(text).toMatch(/^Endpoint: http:\/\/127\.0\.0\.1:\d+\/…$/m);
  const link = text.trim().split("\n").at(-1) ?? "";
  await page.goto(link);
  await expect(page).toHaveURL(new RegExp(`/requests/${failed.id}$`));
  await expect(page.getByRole("heading", { level: 1, name: failed.eventType })).toBeVisible();
});

test("task 21: watch events come in, pause to read one", async ({ page, open, api, endpoint, server }) => {
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  for (let i = 0; i < 5; i++) await api.delivered(userCreated, { n: i });
  await page.clock.install();
  await open("/requests");
  const rows = page.getByRole("table", { name: /Requests/ }).getByRole("row");
  await expect(rows).toHaveCount(6);
  const read = rows.nth(3).getByRole("link").first();
  await read.focus();
  const place = await read.boundingBox();
  for (let i = 0; i < 20; i++) await api.emit(userCreated, { n: 100 + i });
  await expect(page.getByRole("button", { name: /\d+ new/ })).toBeVisible();
  expect(await read.boundingBox()).toEqual(place);
  await expect(read).toBeFocused();

  await page.getByRole("button", { name: "Pause live updates" }).click();
  await expect.poll(() => server.wire.openStreams().length).toBe(0);
  const quiet = server.wire.exchanges.length;
  await api.delivered(userCreated, { n: 200 });
  await page.clock.fastForward(60_000);
  expect(server.wire.exchanges.length).toBe(quiet);
  await page.getByRole("button", { name: "Resume live updates" }).click();
  await page.getByRole("button", { name: /\d+ new/ }).click();
  await expect(rows).toHaveCount(27);
});
