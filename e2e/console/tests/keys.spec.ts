import { userCreated } from "../kit/api.ts";
import { expect, test } from "../kit/test.ts";

test("task 24: give an app the right to send only", async ({ page, open, server, recorder, canaries }) => {
  await open("/webhooks");
  const before = recorder.interactions;
  let key = "";
  await canaries.revealing(
    () => [key],
    async () => {
      await page.getByRole("link", { name: "API keys" }).click();
      await page.getByRole("button", { name: "Create API key" }).click();
      const dialog = page.getByRole("dialog", { name: "Create API key" });
      await dialog.getByLabel("Name").fill("Billing app");
      await expect(dialog.getByRole("checkbox", { name: "emit" })).toBeChecked();
      await expect(dialog.getByRole("checkbox", { name: "read" })).not.toBeChecked();
      await dialog.getByRole("button", { name: "Create API key" }).click();
      const created = page.getByRole("dialog", { name: "API key created" });
      key = await created.getByLabel("API key", { exact: true }).inputValue();
      await created.getByRole("button", { name: "Done" }).click();
      await expect(created.getByText('Tick "I stored it" first.')).toBeVisible();
      await created.getByLabel("I stored it").check();
      await created.getByRole("button", { name: "Done" }).click();
      await expect(created).toBeHidden();
    },
  );
  canaries.watch("the created API key", key, "CreateApiKey");
  expect(recorder.interactions - before).toBeLessThanOrEqual(10);
  await expect(page.getByRole("row").filter({ hasText: "Billing app" })).toContainText("emit");

  const headers = { authorization: `Bearer ${key}` };
  const refused = await fetch(`${server.direct}/api/hooks`, { headers });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toHaveProperty("code");
  const sent = await fetch(`${server.direct}/api/events`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ event: userCreated }),
  });
  expect(sent.status).toBe(202);
});

test("a key that was revoked is refused", async ({ page, open, server, api }) => {
  const { key } = await api.call<{ key: string }>("POST", "/api/api-keys", { name: "Old app", scopes: ["read"] });
  const call = () => fetch(`${server.direct}/api/me`, { headers: { authorization: `Bearer ${key}` } });
  expect((await call()).status).toBe(200);
  await open("/api-keys");
  await page.getByRole("button", { name: "Revoke Old app" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoke Old app?" });
  await expect(dialog).toContainText("It was last used");
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Old app" })).toHaveCount(0);
  expect((await call()).status).toBe(401);
});
