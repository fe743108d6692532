import { userDeleted } from "../kit/api.ts";
import { violations } from "../kit/axe.ts";
import { signedBy } from "../kit/endpoint.ts";
import { seed } from "../kit/seed.ts";
import { expect, test } from "../kit/test.ts";

test("the attempts of a row are shown and hidden in place, by mouse and by keyboard", async ({
  page,
  open,
  api,
  endpoint,
}) => {
  const { retried } = await seed(api, endpoint);
  await open("/requests");
  const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: userDeleted }) });
  const toggle = row.getByRole("button", { name: `Attempts of ${userDeleted} ${retried.id}` });
  const attempts = page.getByRole("list", { name: `Attempts of ${userDeleted} ${retried.id}` });
  await expect(toggle).toHaveAttribute("aria-expanded", "false");
  await expect(attempts).toBeHidden();

  await toggle.click();
  await expect(toggle).toHaveAttribute("aria-expanded", "true");
  await expect(page).toHaveURL(/\/requests$/);
  const lines = attempts.getByRole("listitem");
  await expect(lines).toHaveCount(4);
  for (const [i, status] of ["503", "503", "503", "200"].entries()) {
    await expect(lines.nth(i)).toContainText(`Attempt ${i + 1}`);
    await expect(lines.nth(i)).toContainText(status);
  }
  expect(await violations(page)).toEqual([]);
  await toggle.click();
  await expect(attempts).toBeHidden();

  const link = row.getByRole("link", { name: userDeleted });
  await link.focus();
  await page.keyboard.press("ArrowRight");
  await expect(attempts).toBeVisible();
  await expect(link).toBeFocused();
  await attempts.getByRole("link", { name: /Attempt 3/ }).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(attempts).toBeHidden();
  await expect(link).toBeFocused();

  // An attempt leads to what was sent with it and what came back.
  await page.keyboard.press("ArrowRight");
  await attempts.getByRole("link", { name: /Attempt 2/ }).click();
  await expect(page).toHaveURL(new RegExp(`/requests/${retried.id}\\?attempt=2`));
  await expect(page.getByRole("region", { name: "Response, attempt 2" })).toContainText("upstream connect error");
});

test("keys walk the attempts of a request, and copy it as curl", async ({ page, open, api, endpoint, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { retried, succeeded, healthy } = await seed(api, endpoint);
  await open(`/requests/${retried.id}`);
  const response = (n: number) => page.getByRole("region", { name: `Response, attempt ${n}` });
  await expect(response(4)).toContainText("200");
  await page.keyboard.press("[");
  await expect(response(3)).toContainText("503");
  await expect(page).toHaveURL(/attempt=3/);
  await expect(page.getByRole("status").filter({ hasText: "Attempt 3: 503" })).toHaveCount(1);
  await page.keyboard.press("[");
  await page.keyboard.press("[");
  await page.keyboard.press("[");
  await expect(response(1)).toBeVisible();
  await page.keyboard.press("]");
  await expect(response(2)).toBeVisible();

  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.keyboard.press("y");
  await expect.poll(copied).toContain(retried.id);

  // In the list it is the row with the focus.
  const { signingKey } = await api.signingKey(healthy.id);
  await open("/requests");
  await page.getByRole("link", { name: succeeded.eventType }).focus();
  await page.keyboard.press("y");
  await expect.poll(copied).toContain(succeeded.id);
  const command = await copied();
  const header = (name: string) => new RegExp(`${name}: ([^']+)'`, "i").exec(command)?.[1] ?? "";
  const headers = Object.fromEntries(
    ["webhook-id", "webhook-timestamp", "webhook-signature", "logto-signature-sha-256"].map((name) => [
      name,
      header(name),
    ]),
  );
  const sent = endpoint.received.find((request) => request.id === succeeded.id);
  expect(sent && signedBy({ headers, body: sent.body }, signingKey)).toBe(true);
});

test("e leads to the events of a webhook, from its row and from its page", async ({ page, open, api, endpoint }) => {
  const { healthy } = await seed(api, endpoint);
  await open("/webhooks");
  await page.getByRole("link", { name: "Billing sync" }).focus();
  await page.keyboard.press("e");
  await expect(page).toHaveURL(new RegExp(`/webhooks/${healthy.id}/settings$`));
  await expect(page.getByRole("heading", { level: 1, name: "Billing sync" })).toBeVisible();
  const search = page.getByLabel("Search events");
  await expect(search).toBeFocused();
  // It is a letter again where somebody types.
  await page.keyboard.press("e");
  await expect(search).toHaveValue("e");
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("button", { name: "Edit events" })).toBeFocused();

  await page.getByRole("link", { name: "Recent requests (24h)" }).click();
  await expect(page.getByRole("table", { name: "Requests of Billing sync" })).toBeVisible();
  await page.keyboard.press("e");
  await expect(search).toBeFocused();
});

test("single letters can be switched off; arrows stay", async ({ page, open, api, endpoint }) => {
  const { failed } = await seed(api, endpoint);
  await open("/requests");
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Single-letter shortcuts" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toBeHidden();
  await expect(page.getByRole("button", { name: "Account" })).toBeFocused();
  const link = page.getByRole("link", { name: failed.eventType });
  await link.focus();
  await page.keyboard.press("j");
  await page.keyboard.press("c");
  await expect(link).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("list", { name: /^Attempts of/ })).toBeVisible();
});

test("Escape leaves the search of a page", async ({ page, open }) => {
  for (const [path, label] of [
    ["/webhooks", "Search webhooks"],
    ["/requests", "Search requests"],
    ["/events", "Search payload, type or ID"],
    ["/events/catalogue", "Search event types"],
    ["/api", "Search operations"],
  ] as const) {
    await open(path);
    const search = page.getByRole("searchbox", { name: label });
    await expect(search).toBeVisible();
    await page.keyboard.press("/");
    await expect(search).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(search).not.toBeFocused();
  }
});
