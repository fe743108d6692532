import type { Page } from "@playwright/test";
import { userCreated } from "../kit/api.ts";
import { hostile, hostileTokens } from "../kit/hostile.ts";
import { admin, expect, test } from "../kit/test.ts";

// Texts that others choose are shown as they are, in every place that shows them. The
// recorder fails on each dialog that one of them would open, and on each violation of
// the policy: that it is never needed is asserted as well.

/** What a person reads on the page, and in its fields. */
async function shown(page: Page): Promise<string> {
  return page.evaluate(() => {
    const fields = [...document.querySelectorAll<HTMLInputElement>("input, textarea")].map((field) => field.value);
    return [document.body.innerText, ...fields].join("\n");
  });
}

/** Waits until all of the texts are visible. */
async function expectShown(page: Page, texts: readonly string[]): Promise<void> {
  await expect
    .poll(async () => {
      const all = await shown(page);
      return texts.filter((text) => !all.includes(text));
    })
    .toEqual([]);
}

test("there are 200 hostile texts", () => {
  expect(new Set(hostile).size).toBe(200);
});

test("hostile names of webhooks", async ({ page, open, api }) => {
  const names = [...hostile];
  for (const name of names) await api.webhook({ name, url: "http://127.0.0.1:49152/in" });
  await open("/webhooks?sort=name");
  const seen = new Set<string>();
  for (;;) {
    await expect(page.getByRole("table").getByRole("row").nth(1)).toBeVisible();
    const all = await shown(page);
    for (const name of names) if (all.includes(name)) seen.add(name);
    const next = page.getByRole("button", { name: "Next page" });
    if (!(await next.isVisible()) || (await next.isDisabled())) break;
    const first = await page.getByRole("table").getByRole("row").nth(1).innerText();
    await next.click();
    await expect(page.getByRole("table").getByRole("row").nth(1)).not.toHaveText(first);
  }
  expect(names.filter((name) => !seen.has(name))).toEqual([]);
});

test("hostile names and header values of one webhook", async ({ page, open, api, endpoint }) => {
  for (const text of [hostile[14], hostile[40], hostile[60]]) {
    const webhook = await api.webhook({
      name: text ?? "",
      url: endpoint.url(`/?q=${text?.replaceAll(/[ \\]/g, "+")}`),
      headers: [
        ...hostileTokens.map((name) => ({ name, value: "v" })),
        ...hostile.slice(0, 30).map((value, i) => ({ name: `x-${i}`, value })),
      ],
    });
    await open(`/webhooks/${webhook.id}/settings`);
    await expectShown(page, [text ?? "", webhook.url, ...hostileTokens, ...hostile.slice(0, 30)]);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(text ?? "");
  }
});

test("hostile payloads, answers and headers of answers", async ({ page, open, api, endpoint }) => {
  const headers = Object.fromEntries(hostile.slice(0, 40).map((value, i) => [`x-${i}`, value]));
  endpoint.behave = () => ({
    status: 400,
    body: hostile.join("\n"),
    headers: { "content-type": "text/html", ...headers },
  });
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  const members = Object.fromEntries(hostile.map((text) => [text, text]));
  const delivery = await api.delivered(userCreated, { data: members });
  await open(`/requests/${delivery.id}`);
  const request = page.getByRole("region", { name: "Request, attempt 1" });
  const response = page.getByRole("region", { name: "Response, attempt 1" });
  await request.getByRole("button", { name: "Expand all" }).click();
  await expectShown(page, hostile);
  await response.getByRole("button", { name: /^Headers/ }).click();
  await expectShown(page, hostile.slice(0, 40));
  await request.getByRole("button", { name: "Raw" }).click();
  await expectShown(
    page,
    hostile.map((text) => JSON.stringify(text).slice(1, -1)),
  );
});

test("hostile texts in what went wrong", async ({ page, open, api, endpoint }) => {
  const text = "<img/src=x/onerror=alert(document.domain)>";
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  // The beginning of a refusal is repeated, and so is the address of a redirect.
  endpoint.behave = () => ({ status: 422, body: `no such user: ${text}` });
  await open(`/requests/${(await api.delivered(userCreated)).id}`);
  await expect(page.getByRole("main").getByText(text).first()).toBeVisible();
  endpoint.behave = () => ({ status: 301, headers: { location: `https://hooks.example.com/?q=${text}` } });
  await open(`/requests/${(await api.delivered(userCreated)).id}`);
  await expect(page.getByText("redirects are not followed").first()).toContainText("hooks.example.com");
  endpoint.behave = () => ({ status: 301, headers: { location: `javascript:alert(document.domain)//${text}` } });
  await open(`/requests/${(await api.delivered(userCreated)).id}`);
  await expect(page.getByText("redirects are not followed").first()).toBeVisible();
  await expect(page.locator('a[href^="javascript:"]')).toHaveCount(0);
});

test.describe("a hostile user", () => {
  test.use({ signedIn: false, serverOptions: { admin: false } });

  test("hostile name of a user", async ({ page, server, context }) => {
    const name = hostile[14] ?? "";
    const token = new URLSearchParams((await server.setupLink()).hash.slice(1)).get("token");
    const data = { token, ...admin, name };
    const headers = { origin: server.wire.origin };
    expect((await context.request.post(`${server.base}/api/setup`, { data, headers })).status()).toBe(201);
    await page.goto(`${server.base}/console/webhooks`);
    await page.getByRole("button", { name: "Account" }).click();
    await expectShown(page, [`Signed in as ${name}`]);
  });
});

test("hostile queries and addresses", async ({ page, open, api, recorder }) => {
  test.setTimeout(180_000);
  await api.webhook({ name: "CRM sync", url: "http://127.0.0.1:49152/in" });
  for (const path of ["/webhooks", "/requests", "/events"]) {
    for (const text of hostile.filter((_, i) => i % 20 === 0)) {
      await open(`${path}?q=${encodeURIComponent(text)}`);
      await expect(page.getByRole("searchbox").first()).toHaveValue(text);
      await expectShown(page, [text]);
    }
  }
  await open("/events/catalogue");
  for (const text of hostile.filter((_, i) => i % 10 === 0)) {
    await page.getByRole("searchbox").fill(text);
    await expect(page.getByText("No event type matches.")).toBeVisible();
  }
  recorder.expect(404, "GET", /^\/api\//);
  for (const path of ["/webhooks/", "/requests/", "/events/stream/", "/events/catalogue/", "/receiver/"]) {
    await open(path + encodeURIComponent(hostile[14] ?? ""));
    await expectShown(page, [hostile[14] ?? ""]);
  }
});
