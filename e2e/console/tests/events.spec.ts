import { userCreated } from "../kit/api.ts";
import { expect, test } from "../kit/test.ts";

test("task 22: what an Identifier.Lockout event looks like, and send one", async ({
  page,
  open,
  api,
  endpoint,
  recorder,
}) => {
  await api.webhook({ name: "Security", url: endpoint.url(), eventTypes: ["Identifier.Lockout"] });
  await open("/events/catalogue");
  const before = recorder.interactions;
  await page.getByLabel("Search event types").fill("lockout");
  await page.getByRole("link", { name: /Identifier\.Lockout/ }).click();
  await expect(page.getByRole("heading", { name: "Identifier.Lockout" })).toBeVisible();
  await expect(page.getByText('"event"').first()).toBeVisible();
  await page.getByRole("link", { name: "Emit sample" }).click();
  const dialog = page.getByRole("dialog", { name: "Emit an event" });
  await dialog.getByRole("button", { name: "Emit event" }).click();
  const [request] = await endpoint.got(1);
  expect(request?.event).toBe("Identifier.Lockout");
  expect(recorder.interactions - before).toBeLessThanOrEqual(5);
});

test("task 23: an event was sent but nothing arrived: why?", async ({ page, open, api, recorder }) => {
  await api.webhook({ name: "CRM sync", url: "http://127.0.0.1:49152/in" });
  await api.emit("Role.Created", { data: { id: "r_1" } });
  await open("/events");
  const before = recorder.interactions;
  const row = page.getByRole("row").filter({ hasText: "Role.Created" });
  await expect(row).toContainText("No webhook subscribed");
  await row.getByRole("link", { name: "Create webhook for Role.Created" }).click();
  const dialog = page.getByRole("dialog", { name: "Create webhook" });
  await expect(dialog.getByRole("checkbox", { name: "Role.Created", exact: true })).toBeChecked();
  await expect(dialog.getByRole("checkbox", { name: userCreated, exact: true })).not.toBeChecked();
  expect(recorder.interactions - before).toBeLessThanOrEqual(4);
});

test("a long name of an event type does not make its page wider", async ({ page, open, api }) => {
  const name = `Invoice.${"PaidByTheCustomerOfTheOrganization".repeat(5)}`.slice(0, 128);
  await api.call("POST", "/api/event-types", { name, description: "One with a long name." });
  await page.setViewportSize({ width: 390, height: 844 });
  await open(`/events/catalogue/${name}`);
  await expect(page.getByRole("heading", { level: 2, name })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test("an event tells by its name which API key sent it", async ({ page, open, api, server }) => {
  await api.webhook({ name: "CRM sync", url: "http://127.0.0.1:49152/in" });
  const body = { name: "Billing service", scopes: ["emit"] };
  const { key } = await api.call<{ key: string }>("POST", "/api/api-keys", body);
  const sent = await fetch(`${server.direct}/api/events`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ event: userCreated }),
  });
  const { id } = (await sent.json()) as { id: string };
  await open("/events");
  await expect(page.getByRole("row").filter({ hasText: userCreated })).toContainText("Billing service");
  await open(`/events/stream/${id}`);
  await expect(page.getByText("Billing service")).toBeVisible();
});
