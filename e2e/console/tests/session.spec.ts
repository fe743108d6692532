import { admin, expect, test } from "../kit/test.ts";

test.describe("before there is an administrator", () => {
  test.use({ signedIn: false, serverOptions: { admin: false } });

  test("task 03: become the administrator at the first real start", async ({ page, server, recorder }) => {
    const link = await server.setupLink();
    await page.goto(link.href);
    await expect(page.getByRole("heading", { level: 1, name: "Set up" })).toBeVisible();
    await expect(page).toHaveURL(`${server.base}/console/setup`); // the token has left the address bar
    await page.getByLabel("Name").fill(admin.name);
    await page.getByLabel("E-mail").fill(admin.email);
    await page.getByLabel("Password", { exact: true }).fill(admin.password);
    await page.getByRole("button", { name: "Finish setup" }).click();
    // Next is a webhook.
    await expect(page.getByRole("heading", { level: 1, name: "Webhooks" })).toBeVisible();
    await expect(page.getByText("No webhooks yet")).toBeVisible();
    await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Account" })).toBeVisible();
    expect(recorder.interactions).toBeLessThanOrEqual(8);

    // The link has been used: whoever follows it now is sent to sign in.
    await page.goto("about:blank"); // its stream ends before its session
    await page.context().clearCookies();
    await page.goto(link.href);
    await expect(page.getByText("Setup is already done")).toBeVisible();
    await page.getByRole("link", { name: "Go to sign in" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  });

  test("a wrong setup token is refused when the page opens, and no form is shown", async ({
    page,
    open,
    server,
    recorder,
  }) => {
    recorder.expect(401, "POST", /^\/api\/setup\/check$/);
    await open("/setup#token=nonsense");
    await expect(page.getByRole("alert")).toContainText("This setup link is not valid");
    await expect(page.getByText("tidings setup-link")).toBeVisible();
    await expect(page.getByRole("textbox")).toHaveCount(0);
    expect(server.wire.calls("POST", /\/api\/setup$/)).toEqual([]);

    // The good one still is: opened in the same tab, it brings the form.
    await page.goto((await server.setupLink()).href);
    await expect(page.getByLabel("Name")).toBeVisible();
  });

  test("without a token the setup page says where to get one", async ({ page, open }) => {
    await open("/");
    await expect(page.getByRole("heading", { level: 1, name: "Set up" })).toBeVisible();
    await expect(page.getByText("tidings setup-link")).toBeVisible();
    await expect(page.getByRole("textbox")).toHaveCount(0);
  });

  test("the setup form says what is missing before it sends anything", async ({ page, server }) => {
    await page.goto((await server.setupLink()).href);
    await page.getByRole("button", { name: "Finish setup" }).click();
    await expect(page.getByLabel("Name")).toBeFocused();
    await expect(page.getByText("Enter your name.")).toBeVisible();
    await expect(page.getByText("Enter an e-mail address.")).toBeVisible();
    await expect(page.getByText("Use at least 12 characters.")).toBeVisible();
    expect(server.wire.calls("POST", /\/api\/setup$/)).toEqual([]);
  });
});

test("signing out ends the session, and a wrong password does not begin one", async ({
  page,
  open,
  recorder,
  server,
}) => {
  await open("/webhooks");
  await page.getByRole("button", { name: "Account" }).click();
  await expect(page.getByText("Signed in as")).toBeVisible();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  const me = await page.request.get(`${server.direct}/api/webhooks`);
  expect(me.status()).toBe(401);

  recorder.expect(401, "POST", /^\/api\/session$/);
  await page.getByLabel("E-mail").fill(admin.email);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("E-mail or password is wrong.")).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill(admin.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Webhooks" })).toBeVisible();
});

test("a deep link survives signing in", async ({ page, open, api, context }) => {
  const webhook = await api.webhook({ name: "CRM sync", url: "http://127.0.0.1:49152/in" });
  await context.clearCookies();
  await open(`/webhooks/${webhook.id}/settings`);
  await page.getByLabel("E-mail").fill(admin.email);
  await page.getByLabel("Password", { exact: true }).fill(admin.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "CRM sync" })).toBeVisible();
});
