import { userCreated } from "../kit/api.ts";
import { admin, expect, test } from "../kit/test.ts";

// What other products got wrong. Each case is somebody's bug report.

test("numbers and the order of members are shown and copied exactly", async ({
  page,
  open,
  api,
  endpoint,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  const payload = `{"event":"${userCreated}","z":9007199254740993,"a":1e400,"10":-0,"2":1.10,"m":"\\u0000"}`;
  const delivery = await api.delivered(userCreated, payload);
  await open(`/requests/${delivery.id}`);
  const request = page.getByRole("region", { name: "Request, attempt 1" });
  for (const number of ["9007199254740993", "1e400", "-0", "1.10"]) await expect(request).toContainText(number);
  const text = (await request.textContent()) ?? "";
  const order = ['"z"', '"a"', '"10"', '"2"', '"m"'].map((name) => text.indexOf(name));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  await request.getByRole("button", { name: /^Copy/ }).first().click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(endpoint.received[0]?.body.toString());
});

test("leaving a page while a filter waits does not bounce back", async ({ page, open, api, endpoint, server }) => {
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  const delivery = await api.delivered(userCreated);
  for (const [path, search, other] of [
    ["/requests", "Search requests", "API keys"],
    ["/events", "Search payload, type or ID", "Settings"],
    ["/webhooks", "Search webhooks", "Receiver"],
  ] as const) {
    await open(path);
    await expect(page.getByRole("table").getByRole("row")).toHaveCount(2);
    // The page that is gone to comes late: after the filter's time.
    let come = () => {};
    const late = new Promise<"pass">((resolve) => {
      come = () => resolve("pass");
    });
    server.wire.fate = (_, url) => (url.pathname.includes("/assets/") ? late : "pass");
    await page.getByLabel(search).fill(delivery.eventId);
    await page.getByRole("link", { name: other }).click();
    await expect
      .poll(() => server.wire.exchanges.some((x) => x.open && x.url.pathname.includes("/assets/")))
      .toBe(true);
    // The page's own clock says when the filter's time has come: it runs before this does.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    come();
    await expect(page.getByRole("heading", { level: 1, name: other })).toBeVisible();
    server.wire.fate = () => "pass";
  }
});

test("a webhook with 0 of 20 successes shows 0.00%", async ({ page, open, api, endpoint }) => {
  endpoint.behave = () => ({ status: 400, body: "no" });
  const webhook = await api.webhook({ name: "CRM sync", url: endpoint.url() });
  for (let i = 0; i < 20; i++) await api.delivered(userCreated, { n: i });
  await open("/webhooks");
  const row = page.getByRole("row").filter({ hasText: "CRM sync" });
  await expect(row).toContainText("0.00%");
  await expect(row).toContainText("20");
  await open(`/webhooks/${webhook.id}/settings`);
  await expect(page.getByText("0.00%").first()).toBeVisible();
});

test("an answer with scripts and terminal escapes is inert", async ({ page, open, api, endpoint }) => {
  const body = "<script>alert(1)</script><img src=x onerror=alert(2)>\u001b[31mred\u001b]0;title\u0007";
  endpoint.behave = () => ({
    status: 200,
    body,
    headers: { "content-type": "text/html", "x-note": "<svg onload=alert(3)>" },
  });
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  const delivery = await api.delivered(userCreated, { data: { note: body } });
  await open(`/requests/${delivery.id}`);
  const response = page.getByRole("region", { name: "Response, attempt 1" });
  await expect(response).toContainText("<script>alert(1)</script>");
  // The recorder fails on the dialog that any of them would open.
});

test("an answer of 5 MB does not stop the page", async ({ page, open, api, endpoint }) => {
  endpoint.behave = () => ({ status: 200, body: `{"items":[${'"0123456789abcdef",'.repeat(260_000)}"end"]}` });
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  const note = "x".repeat(900_000);
  const delivery = await api.delivered(userCreated, { note, last: "end" });
  await open(`/requests/${delivery.id}`);
  await expect(page.getByRole("region", { name: "Request, attempt 1" })).toContainText(userCreated);
  await expect(page.getByRole("region", { name: "Response, attempt 1" })).toContainText("0123456789abcdef");
  await page.getByRole("button", { name: "Raw" }).first().click();
  await expect(
    page
      .getByRole("link", { name: /Download/ })
      .or(page.getByRole("button", { name: /Download/ }))
      .first(),
  ).toBeVisible();
});

test("200 event types and 500 webhooks can be used", async ({ page, open, api }) => {
  test.setTimeout(120_000);
  for (let i = 0; i < 200; i++) {
    const name = `Custom${i % 10}.Happened${String(i).padStart(3, "0")}`;
    await api.call("POST", "/api/event-types", { name, group: `Custom ${i % 10}`, description: `The ${i}th of many.` });
  }
  for (let i = 0; i < 500; i++) {
    const name = `Webhook ${String(i).padStart(3, "0")}`;
    await api.webhook({ name, url: `http://127.0.0.1:49152/${i}`, eventTypes: [`Custom${i % 10}.*`] });
  }
  await open("/webhooks");
  await expect(page.getByRole("button", { name: /All.*500/ })).toBeVisible();
  await page.getByLabel("Search webhooks").fill("Webhook 499");
  await expect(page.getByRole("row").filter({ hasText: "Webhook 499" })).toHaveCount(1);
  await page.getByRole("link", { name: "Create webhook" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Create webhook" });
  await dialog.getByLabel("Search events").fill("Happened123");
  await dialog.getByRole("checkbox", { name: "Custom3.Happened123", exact: true }).check();
  await expect(dialog.getByRole("checkbox", { name: "Custom3.Happened123", exact: true })).toBeChecked();
});

test("a session that ends in a half-filled form keeps what was typed", async ({
  page,
  open,
  server,
  recorder,
  api,
  context,
}) => {
  recorder.expect(401, "GET", /^\/api\//);
  await open("/webhooks/create");
  const dialog = page.getByRole("dialog", { name: "Create webhook" });
  await dialog.getByRole("checkbox", { name: userCreated, exact: true }).check();
  await dialog.getByLabel("Name").fill("CRM sync");
  await dialog.getByLabel("Endpoint URL").fill("http://127.0.0.1:49152/in");
  await dialog.getByLabel("Endpoint URL").press("Tab");
  await expect.poll(() => server.wire.calls("POST", /\/url-check$/).filter((x) => !x.open).length).toBe(1);
  await context.request.delete(`${server.base}/api/session`, { headers: { origin: server.wire.origin } });
  // The stream ends with the session, and the field that is left asks in vain.
  const again = page.getByRole("dialog", { name: "Sign in again" });
  await again.getByLabel("E-mail").fill(admin.email);
  await again.getByLabel("Password", { exact: true }).fill(admin.password);
  await again.getByRole("button", { name: "Sign in" }).click();
  await expect(again).toBeHidden();
  await expect(dialog.getByLabel("Name")).toHaveValue("CRM sync");
  await expect(dialog.getByRole("checkbox", { name: userCreated, exact: true })).toBeChecked();
  await dialog.getByRole("button", { name: "Create webhook" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "CRM sync" })).toBeVisible();
  expect(await api.webhooks()).toHaveLength(1);
});

test("who has signed in again is not told any more that nobody is signed in", async ({
  page,
  open,
  recorder,
  context,
}) => {
  recorder.expect(401, "GET", /^\/api\//);
  recorder.expect(401, "POST", /^\/api\/(?:webhooks|url-check)$/);
  await open("/webhooks/create");
  const dialog = page.getByRole("dialog", { name: "Create webhook" });
  await dialog.getByRole("checkbox", { name: userCreated, exact: true }).check();
  await dialog.getByLabel("Name").fill("CRM sync");
  await dialog.getByLabel("Endpoint URL").fill("http://127.0.0.1:49152/in");
  await context.clearCookies();
  await dialog.getByLabel("Endpoint URL").press("Enter");
  const refused = page.getByText("You are not signed in.");
  await expect(refused).toHaveCount(1);
  const again = page.getByRole("dialog", { name: "Sign in again" });
  await again.getByLabel("E-mail").fill(admin.email);
  await again.getByLabel("Password", { exact: true }).fill(admin.password);
  await again.getByRole("button", { name: "Sign in" }).click();
  await expect(again).toBeHidden();
  await expect(refused).toHaveCount(0);
  await dialog.getByRole("button", { name: "Create webhook" }).click();
  // It is active, which is said once.
  const active = page.getByText("It is active.");
  await expect(active).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "CRM sync" })).toBeVisible();
  await expect(active).toHaveCount(0);
});

test("editing in two tabs asks which one counts", async ({ page, open, api, context, recorder }) => {
  recorder.expect(412, "PATCH", /^\/api\/webhooks\/\w+$/);
  const webhook = await api.webhook({ name: "CRM sync", url: "http://127.0.0.1:49152/in" });
  await open(`/webhooks/${webhook.id}/settings`);
  const other = await context.newPage();
  await open(`/webhooks/${webhook.id}/settings`, other);
  await page.getByLabel("Name", { exact: true }).fill("From the first tab");
  await other.getByLabel("Name", { exact: true }).fill("From the second tab");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "From the first tab" })).toBeVisible();
  await other.getByRole("button", { name: "Save changes" }).click();
  const dialog = other.getByRole("dialog", { name: "Changed in the meantime" });
  await expect(dialog).toContainText("From the first tab");
  await expect(dialog).toContainText("From the second tab");
  await dialog.getByRole("button", { name: /Overwrite/ }).click();
  await expect(other.getByRole("heading", { level: 1, name: "From the second tab" })).toBeVisible();
  expect((await api.webhooks())[0]?.name).toBe("From the second tab");
});

test("leaving with unsaved changes asks once", async ({ page, open, api }) => {
  const webhook = await api.webhook({ name: "CRM sync", url: "http://127.0.0.1:49152/in" });
  await open(`/webhooks/${webhook.id}/settings`);
  await page.getByLabel("Name", { exact: true }).fill("Another name");
  await expect(page.getByText("1 unsaved change")).toBeVisible();
  await page.getByRole("link", { name: "Webhooks" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
  await dialog.getByRole("button", { name: "Stay" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Another name");
  await page.getByRole("link", { name: "Webhooks" }).first().click();
  await dialog.getByRole("button", { name: "Leave" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Webhooks" })).toBeVisible();
});

test("Escape is for the dialog in front, and asks before it discards", async ({ page, open }) => {
  await open("/webhooks/create");
  const create = page.getByRole("dialog", { name: "Create webhook" });
  await create.getByRole("button", { name: "Do this with the API" }).click();
  const front = page.getByRole("dialog", { name: "Do this with the API" });
  await expect(front).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(front).toBeHidden();
  await expect(create).toBeVisible();
  await create.getByLabel("Name").fill("CRM sync");
  await page.keyboard.press("Escape");
  const asked = page.getByRole("dialog", { name: "Discard?" });
  await asked.getByRole("button", { name: "Keep editing" }).click();
  await expect(asked).toBeHidden();
  await expect(create.getByLabel("Name")).toHaveValue("CRM sync");
  await create.getByLabel("Name").press("Escape");
  await asked.getByRole("button", { name: "Discard" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page).toHaveURL(/\/webhooks$/);
});

test("a page without an answer says so, and goes on when there is one", async ({
  page,
  open,
  api,
  server,
  recorder,
}) => {
  recorder.expectCuts();
  await api.webhook({ name: "CRM sync", url: "http://127.0.0.1:49152/in" });
  server.wire.fate = (_, url) => (/\/api\/webhooks/.test(url.pathname) ? "cut" : "pass");
  await open("/webhooks");
  await expect(page.getByText("This could not be loaded")).toBeVisible({ timeout: 30_000 });
  server.wire.fate = () => "pass";
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("link", { name: "CRM sync" })).toBeVisible();
});
