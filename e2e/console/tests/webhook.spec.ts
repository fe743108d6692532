import { userCreated, userDeleted } from "../kit/api.ts";
import { signedBy } from "../kit/endpoint.ts";
import { admin, expect, test } from "../kit/test.ts";

test("task 08: check that the server understands each selected event", async ({
  page,
  open,
  api,
  endpoint,
  recorder,
}) => {
  const eventTypes = [userCreated, userDeleted, "PostSignIn", "Role.Created"];
  const webhook = await api.webhook({ name: "CRM sync", url: endpoint.url(), eventTypes });
  endpoint.behave = ({ event }) => ({
    status: [userCreated, "PostSignIn"].includes(event) ? 200 : 503,
    body: `got ${event}`,
  });
  await open(`/webhooks/${webhook.id}/settings`);
  const before = recorder.interactions;
  await page.getByRole("button", { name: "Send test payload" }).first().click();
  const test = page.getByRole("region", { name: "Test" });
  await expect(test.getByRole("status")).toContainText("2 of 4 succeeded");
  expect(recorder.interactions - before).toBe(1);
  for (const event of eventTypes) {
    const row = test.getByRole("row").filter({ hasText: event });
    await expect(row).toHaveCount(1);
    await expect(row).toContainText([userCreated, "PostSignIn"].includes(event) ? "200" : "503");
    await expect(row).toContainText(`got ${event}`);
  }
  expect(endpoint.received).toHaveLength(4);
  expect(endpoint.received.every((request) => request.headers["tidings-test"] === "true")).toBe(true);
  expect(await api.deliveries()).toEqual([]);
  const [row] = await api.webhooks();
  expect(row).toMatchObject({ health: { requestCount: 0, successCount: 0 } });
});

test("the last five test runs outlive a reload but not signing out, without a secret", async ({
  page,
  open,
  api,
  endpoint,
  canaries,
}) => {
  const token = `canary-token-${crypto.randomUUID()}`;
  const headers = [{ name: "Authorization", value: token, locked: true }];
  const webhook = await api.webhook({ name: "CRM sync", url: endpoint.url(), headers });
  canaries.watch("a locked header", token);
  endpoint.behave = () => ({ status: 503, body: "no" });
  await open(`/webhooks/${webhook.id}/settings`);
  const test = page.getByRole("region", { name: "Test" });
  for (let n = 1; n <= 6; n++) {
    await test.getByRole("button", { name: "Send test payload" }).click();
    await endpoint.got(n);
    await expect(test.getByRole("status")).toContainText("0 of 1 succeeded");
  }
  await page.reload();
  await test.getByText("Earlier runs in this tab (5)").click();
  await expect(test.getByText(`${userCreated}: 503`)).toHaveCount(5);
  await expect(test.getByText(new URL(endpoint.url()).host).first()).toBeVisible();

  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("E-mail").fill(admin.email);
  await page.getByLabel("Password", { exact: true }).fill(admin.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(test.getByRole("button", { name: "Send test payload" })).toBeVisible();
  await expect(test.getByText("Earlier runs in this tab")).toHaveCount(0);
});

test("task 09: test again with another body", async ({ page, open, api, endpoint, recorder }) => {
  const webhook = await api.webhook({ name: "CRM sync", url: endpoint.url() });
  const { signingKey } = await api.signingKey(webhook.id);
  await open(`/webhooks/${webhook.id}/settings`);
  const before = recorder.interactions;
  await page.getByRole("button", { name: "Edit payloads" }).click();
  const editor = page.getByLabel(`Payload of ${userCreated}`);
  await expect(editor).toHaveValue(/sample_user/);
  const sample = await editor.inputValue();
  await editor.fill(sample.replace("sample_user", "grace_hopper"));
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Send test payload" }).last().click();
  const [request] = await endpoint.got(1);
  expect(request?.body.toString()).toContain("grace_hopper");
  expect(JSON.parse(request?.body.toString() ?? "")).toMatchObject({ event: userCreated, hookId: webhook.id });
  expect(request && signedBy(request, signingKey)).toBe(true);
  expect(recorder.interactions - before).toBeLessThanOrEqual(5);
  await page.getByRole("button", { name: "Edit payloads" }).click();
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(editor).toHaveValue(sample);
});

test("task 10: put the signing key on the clipboard without showing it", async ({
  page,
  open,
  api,
  recorder,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const webhook = await api.webhook({ name: "CRM sync", url: "http://127.0.0.1:49152/in" });
  const { signingKey } = await api.signingKey(webhook.id);
  await open(`/webhooks/${webhook.id}/settings`);
  const before = recorder.interactions;
  await page.getByRole("button", { name: "Copy signing key" }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(signingKey);
  expect(recorder.interactions - before).toBe(1);
  // The recorder has looked for the key in everything that was ever in the DOM.
});

test("the signing key is revealed when asked, for a while, and made anew", async ({ page, open, api, canaries }) => {
  const webhook = await api.webhook({ name: "CRM sync", url: "http://127.0.0.1:49152/in" });
  const old = await api.signingKey(webhook.id);
  await page.clock.install();
  await open(`/webhooks/${webhook.id}/settings`);
  const card = page.getByRole("region", { name: "Signing key" });
  await expect(card).toContainText("•".repeat(20));
  await canaries.revealing(Object.values(old), async () => {
    await card.getByRole("button", { name: "Show signing key" }).click();
    await expect(card).toContainText(old.signingKey);
    await page.clock.fastForward(31_000);
    await expect(card).not.toContainText(old.signingKey);
  });
  let made = old;
  await canaries.revealing(
    () => Object.values(made),
    async () => {
      await card.getByRole("button", { name: "Regenerate" }).click();
      const dialog = page.getByRole("dialog", { name: "Regenerate the signing key?" });
      await expect(dialog).toContainText("stops signing at once");
      await dialog.getByRole("button", { name: "Regenerate" }).click();
      await expect(card).toContainText("whsec_");
      made = await api.signingKey(webhook.id);
      expect(made.signingKey).not.toBe(old.signingKey);
      await expect(card).toContainText(made.signingKey);
      await card.getByRole("button", { name: "Hide signing key" }).click();
      await expect(card).not.toContainText(made.signingKey);
    },
  );
});

test("task 12: an Authorization header that stays secret", async ({
  page,
  open,
  api,
  endpoint,
  recorder,
  canaries,
}) => {
  const webhook = await api.webhook({ name: "CRM sync", url: endpoint.url() });
  const value = `Bearer canary-${crypto.randomUUID()}`;
  await open(`/webhooks/${webhook.id}/settings`);
  const before = recorder.interactions;
  const card = page.getByRole("region", { name: "Custom headers" });
  await canaries.revealing([value], async () => {
    await card.getByRole("button", { name: "Add" }).click();
    await card.getByLabel("Header 1 name").fill("Authorization");
    await card.getByLabel("Header 1 value").fill(value);
    await page.getByRole("button", { name: "Save changes" }).click();
    await expect(page.getByRole("region", { name: "Unsaved changes" })).toHaveCount(0);
  });
  expect(recorder.interactions - before).toBeLessThanOrEqual(5);
  canaries.watch("the value of the locked header", value);
  await page.reload();
  await expect(card.getByLabel("Header 1 name")).toHaveValue(/authorization/i);
  await expect(card.getByLabel("Header 1 value")).toHaveValue("");

  // Saving something else keeps it.
  await page.getByLabel("Name", { exact: true }).fill("CRM");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "CRM" })).toBeVisible();
  await api.delivered(userCreated);
  expect((await endpoint.got(1))[0]?.headers.authorization).toBe(value);
});

test("task 13: the same header in capitals, and one called 'bad name'", async ({
  page,
  open,
  api,
  server,
  recorder,
}) => {
  const webhook = await api.webhook({
    name: "CRM sync",
    url: "http://127.0.0.1:49152/in",
    headers: [{ name: "x-env", value: "production" }],
  });
  await open(`/webhooks/${webhook.id}/settings`);
  const before = recorder.interactions;
  const card = page.getByRole("region", { name: "Custom headers" });
  await card.getByRole("button", { name: "Add" }).click();
  await card.getByLabel("Header 2 name").fill("X-ENV");
  await card.getByRole("button", { name: "Add" }).click();
  await card.getByLabel("Header 3 name").fill("bad name");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(card.getByText("Header already used in row 1")).toBeVisible();
  await expect(card.getByText(/Use letters, digits/)).toBeVisible();
  expect(recorder.interactions - before).toBeLessThanOrEqual(6);
  expect(server.wire.calls("PATCH", /\/api\/webhooks\//)).toEqual([]);
});

test("deleting a webhook always asks, and can be given up", async ({ page, open, api }) => {
  const webhook = await api.webhook({ name: "CRM sync", url: "http://127.0.0.1:49152/in" });
  await open(`/webhooks/${webhook.id}/settings`);
  const remove = async () => {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Delete webhook" }).click();
    return page.getByRole("dialog", { name: /Delete CRM sync/ });
  };
  const dialog = await remove();
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  expect(await api.webhooks()).toHaveLength(1);
  await (await remove()).getByRole("button", { name: "Delete webhook" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Webhooks" })).toBeVisible();
  expect(await api.webhooks()).toEqual([]);
});
