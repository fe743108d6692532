import { userCreated, userDeleted } from "../kit/api.ts";
import { expect, test } from "../kit/test.ts";

test.describe("with the policy of production", () => {
  test.use({ serverOptions: { dev: false } });

  test("task 04: create a webhook for new and deleted users", async ({ page, open, server, recorder }) => {
    await open("/webhooks");
    const before = recorder.interactions;
    await page.getByRole("link", { name: "Create webhook" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Create webhook" });
    await dialog.getByRole("checkbox", { name: userCreated, exact: true }).check();
    await dialog.getByRole("checkbox", { name: userDeleted, exact: true }).check();
    await dialog.getByLabel("Name").fill("CRM sync");
    await dialog.getByLabel("Endpoint URL").fill("https://hooks.example.com/in");

    // The order of the page that the whole project starts from.
    const tree = await dialog.ariaSnapshot();
    const order = ["Events", "Name", "Endpoint URL"].map((label) =>
      tree.search(new RegExp(`(group|textbox) "${label}`)),
    );
    expect(order.every((at) => at >= 0)).toBe(true);
    expect(order).toEqual([...order].sort((a, b) => a - b));

    await dialog.getByRole("button", { name: "Create webhook" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "CRM sync" })).toBeVisible();
    await expect(page).toHaveURL(/\/webhooks\/\w+\/settings$/);
    await expect(page.getByText("No requests").first()).toBeVisible();
    const [posted] = server.wire.calls("POST", /\/api\/webhooks$/);
    expect(JSON.parse(posted?.requestBody.toString() ?? "{}")).toMatchObject({
      name: "CRM sync",
      url: "https://hooks.example.com/in",
      eventTypes: [userCreated, userDeleted],
    });
    expect(recorder.interactions - before).toBeLessThanOrEqual(8);
  });

  test("task 05: create one without choosing events", async ({ page, open, server, recorder }) => {
    await open("/webhooks");
    const before = recorder.interactions;
    await page.getByRole("link", { name: "Create webhook" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Create webhook" });
    await dialog.getByLabel("Name").fill("CRM sync");
    await dialog.getByLabel("Endpoint URL").fill("https://hooks.example.com/in");
    await dialog.getByRole("button", { name: "Create webhook" }).click();
    await expect(dialog.getByText("Select at least one event.")).toBeVisible();
    await expect(dialog.getByRole("group", { name: "Events" }).locator(":focus")).toHaveCount(1);
    expect(recorder.interactions - before).toBeLessThanOrEqual(4);
    expect(server.wire.calls("POST", /\/api\/webhooks$/)).toEqual([]);
  });

  test("task 06: an address that is not public is refused with a reason", async ({ page, open, server }) => {
    await open("/webhooks/create");
    const dialog = page.getByRole("dialog", { name: "Create webhook" });
    const url = dialog.getByLabel("Endpoint URL");
    for (const [address, reason] of [
      ["http://localhost:3000", /https/],
      ["https://localhost:3000", /not public|public/],
      ["https://10.0.0.1/", /not public|public/],
      ["https://[::1]/", /not public|public/],
      ["https://169.254.169.254/", /not public|public/],
      ["https://user:secret@hooks.example.com/", /custom header/],
    ] as const) {
      await url.fill(address);
      await url.blur();
      await expect(url, address).toHaveAttribute("aria-invalid", "true");
      await expect(url, address).toHaveAccessibleDescription(reason);
    }
    expect(server.wire.calls("POST", /\/api\/webhooks$/)).toEqual([]);
  });
});

test("task 07: everything about organizations, also what may come later", async ({ page, open, api, recorder }) => {
  const webhook = await api.webhook({ name: "Orgs", url: "http://127.0.0.1:49152/in" });
  await open(`/webhooks/${webhook.id}/settings`);
  const before = recorder.interactions;
  await page.getByRole("button", { name: "Edit events" }).click();
  const events = page.getByRole("group", { name: "Events" });
  await events.getByRole("checkbox", { name: /^All Organization events/ }).check();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect.poll(async () => (await api.webhooks())[0]?.eventTypes).toContain("Organization.*");
  expect(recorder.interactions - before).toBeLessThanOrEqual(4);
  await page.reload();
  await expect(page.getByText(/including future ones/).first()).toBeVisible();
});

test("task 14: stop a webhook for now, then start it again", async ({ page, open, api, endpoint, recorder }) => {
  const webhook = await api.webhook({ name: "CRM sync", url: endpoint.url() });
  await open(`/webhooks/${webhook.id}/settings`);
  const before = recorder.interactions;
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Disable webhook" }).click();
  const dialog = page.getByRole("dialog", { name: "Disable CRM sync?" });
  await expect(dialog).toContainText("New events are not sent to it");
  await dialog.getByRole("button", { name: "Disable webhook" }).click();
  await expect(page.getByText("Disabled").first()).toBeVisible();
  await api.emit(userCreated);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Reactivate webhook" }).click();
  await expect(page.getByText("Disabled")).toHaveCount(0);
  expect(recorder.interactions - before).toBeLessThanOrEqual(6);
  await api.delivered(userCreated, { data: { id: "after" } });
  expect(endpoint.received.map((request) => request.body.toString())).toEqual([expect.stringContaining("after")]);
});
