import { userCreated } from "../kit/api.ts";
import { violations } from "../kit/axe.ts";
import { seed } from "../kit/seed.ts";
import { expect, test } from "../kit/test.ts";

test("a click on a bar opens the requests of its hour", async ({ page, open, api, endpoint }) => {
  const { failing, failed } = await seed(api, endpoint);
  await open("/webhooks");
  const bars = page.getByRole("button", { name: /^Data warehouse: 1 request in 24 hours, 1 failed. Choose an hour$/ });
  const box = await bars.boundingBox();
  if (!box) throw new Error("no bars");
  // The hour of now is the last bar.
  await page.mouse.click(box.x + box.width - 4, box.y + box.height / 2);
  await expect(page).toHaveURL(new RegExp(`/webhooks/${failing.id}/recent-requests\\?from=`));
  // It lasts till now: what comes next is in it.
  const asked = new URL(page.url()).searchParams;
  expect(Date.now() - Date.parse(asked.get("from") ?? "")).toBeLessThan(2 * 3_600_000);
  expect(asked.has("to")).toBe(false);
  await expect(page.getByRole("rowheader", { name: failed.eventType })).toBeVisible();
});

test("by keyboard an hour is chosen from a list, at one stop for each row", async ({ page, open, api, endpoint }) => {
  const { failing, failed } = await seed(api, endpoint);
  await open("/webhooks");
  await page.getByRole("button", { name: /^Data warehouse: .*Choose an hour$/ }).focus();
  await page.keyboard.press("Enter");
  const hours = page.getByRole("dialog", { name: /^Data warehouse: .*Choose an hour$/ });
  const hour = hours.getByRole("link");
  await expect(hour).toHaveCount(1);
  await expect(hour).toBeFocused();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(hours).toBeHidden();
  await expect(page).toHaveURL(/\/webhooks$/);
  await page.keyboard.press("Enter");
  await expect(hour).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/webhooks/${failing.id}/recent-requests\\?from=`));
  await expect(page.getByRole("rowheader", { name: failed.eventType })).toBeVisible();
});

test("the cell that a row is about is its header", async ({ page, open, api, endpoint }) => {
  await seed(api, endpoint);
  for (const [path, name] of [
    ["/webhooks", "Billing sync"],
    ["/requests", userCreated],
    ["/events", userCreated],
    ["/overview", userCreated],
  ] as const) {
    await open(path);
    await expect(page.getByRole("rowheader", { name }).first()).toBeVisible();
  }
});

test.describe("beside the list", () => {
  test.use({ viewport: { width: 1440, height: 800 } });

  test("the request is made wider and narrower, by mouse and by keyboard, and stays so", async ({
    page,
    open,
    api,
    endpoint,
  }) => {
    await seed(api, endpoint);
    await open("/requests");
    await page.getByRole("link", { name: userCreated, exact: true }).click();
    const panel = page.getByRole("heading", { level: 2, name: userCreated });
    await expect(panel).toBeFocused();
    const edge = page.getByRole("separator", { name: "Width of the request" });
    const width = async () => Number(await edge.getAttribute("aria-valuenow"));
    await expect(edge).toHaveAttribute("aria-valuenow", "560");
    const shown = async () => (await page.getByRole("region", { name: "Details" }).boundingBox())?.width ?? 0;
    const before = await shown();

    await edge.focus();
    await page.keyboard.press("ArrowLeft");
    await expect(edge).toHaveAttribute("aria-valuenow", "580");
    expect(await shown()).toBeCloseTo(before + 20, 0);
    await page.keyboard.press("Home");
    await expect(edge).toHaveAttribute("aria-valuenow", (await edge.getAttribute("aria-valuemin")) ?? "");
    await page.keyboard.press("End");
    await expect(edge).toHaveAttribute("aria-valuenow", (await edge.getAttribute("aria-valuemax")) ?? "");
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await expect(edge).toHaveAttribute("aria-valuenow", "560");

    const box = await edge.boundingBox();
    if (!box) throw new Error("no edge");
    const x = box.x + box.width / 2;
    await page.mouse.move(x, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(x - 60, box.y + 200, { steps: 3 });
    await page.mouse.up();
    expect(await width()).toBe(620);
    expect(await shown()).toBeCloseTo(before + 60, 0);

    // The browser keeps it.
    await page.reload();
    await open("/requests");
    await page.getByRole("link", { name: userCreated, exact: true }).click();
    await expect(edge).toHaveAttribute("aria-valuenow", "620");
  });
});
