import { Recorder } from "../kit/recorder.ts";
import { seed } from "../kit/seed.ts";
import { Server } from "../kit/server.ts";
import { expect, test } from "../kit/test.ts";

test.describe("a demonstration", () => {
  test.use({ signedIn: false });

  test("task 01: start it and get into the console", async ({ browser, contract, canaries }) => {
    const server = await Server.demo();
    const recorder = new Recorder(server, contract, canaries);
    const context = await browser.newContext();
    await recorder.attach(context);
    const page = await context.newPage();
    const link = await server.startLink();
    await page.goto(link.href);
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
    expect(recorder.interactions).toBeLessThanOrEqual(1);

    // The link signs in once.
    recorder.expect(410, "POST", /^\/api\/session\/link$/);
    const second = await browser.newContext();
    await recorder.attach(second);
    const other = await second.newPage();
    await other.goto(link.href);
    await expect(other.getByText("This link was already used")).toBeVisible();
    await second.close();
    expect(await recorder.problems(context)).toEqual([]);
    await context.close();
    await server.stop();
  });
});

test("task 02: make the system deliver one event and find the proof", async ({ page, open, api, recorder }) => {
  await open("/overview");
  const before = recorder.interactions;
  await page.getByRole("button", { name: "Send a sample event" }).click();
  const latest = page.getByRole("region", { name: "Latest requests" });
  await expect(latest.getByRole("row").filter({ hasText: "200" })).toHaveCount(1);
  const receiver = page.getByRole("region", { name: "Receiver" });
  await expect(receiver).toContainText("Signature valid");
  expect(recorder.interactions - before).toBeLessThanOrEqual(2);
  // The same request on both sides.
  const id = (await api.deliveries())[0]?.id ?? "";
  const short = `${id.slice(0, 5)}…${id.slice(-5)}`;
  await expect(receiver).toContainText(short);
  await expect(latest.getByRole("row").filter({ hasText: "200" })).toContainText(short);
});

test("task 15: which webhook is in trouble, and why", async ({ page, open, api, endpoint, recorder }) => {
  await seed(api, endpoint);
  await open("/overview");
  const before = recorder.interactions;
  const attention = page.getByRole("region", { name: "Needs attention" });
  await expect(attention).toContainText("Data warehouse");
  await expect(attention).toContainText("503");
  await attention.getByRole("link", { name: /Data warehouse/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Data warehouse" })).toBeVisible();
  await expect(page.getByText("0.00%").first()).toBeVisible();
  expect(recorder.interactions - before).toBeLessThanOrEqual(2);
});
