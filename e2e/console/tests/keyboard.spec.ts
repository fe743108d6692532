import type { Locator, Page } from "@playwright/test";
import { userCreated, userDeleted } from "../kit/api.ts";
import { seed } from "../kit/seed.ts";
import { expect, test } from "../kit/test.ts";

test.use({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });

test("task 25: create, test, find and resend with the keyboard, in the dark, on a phone", async ({
  page,
  open,
  api,
  endpoint,
}) => {
  test.setTimeout(180_000);
  const { failed } = await seed(api, endpoint);
  await open("/webhooks");
  await expect(page.getByRole("heading", { level: 1, name: "Webhooks" })).toBeVisible();
  expect(await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches)).toBe(true);

  // Task 4.
  await tabTo(page, page.getByRole("link", { name: "Create webhook" }));
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Create webhook" });
  const search = dialog.getByLabel("Search events");
  await expect(search).toBeFocused();
  for (const event of [userCreated, userDeleted]) {
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(event);
    await tabTo(page, dialog.getByRole("checkbox", { name: event, exact: true }));
    await page.keyboard.press("Space");
    await expect(dialog.getByRole("checkbox", { name: event, exact: true })).toBeChecked();
    await tabTo(page, search, "Shift+Tab");
  }
  await tabTo(page, dialog.getByLabel("Name"));
  await page.keyboard.type("CRM sync");
  await tabTo(page, dialog.getByLabel("Endpoint URL"));
  await page.keyboard.type(endpoint.url("/crm"));
  await tabTo(page, dialog.getByRole("button", { name: "Create webhook" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "CRM sync" })).toBeVisible();
  await fits(page);

  // Task 8.
  await tabTo(page, page.getByRole("button", { name: "Send test payload" }).first());
  await page.keyboard.press("Enter");
  await expect(page.getByText("2 of 2 succeeded.")).toBeVisible();
  await fits(page);

  // Task 16.
  await tabTo(page, page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Requests" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Requests" })).toBeVisible();
  await tabTo(page, page.getByLabel("Search requests"));
  await page.keyboard.type("u_19d2");
  await tabTo(page, page.getByRole("button", { name: /^Failed/ }));
  await page.keyboard.press("Enter");
  const found = page.getByRole("link", { name: "PostSignIn" });
  await expect(found).toHaveCount(1);
  await fits(page);
  await tabTo(page, found);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(failed.id));
  // A page that is come to takes the focus.
  await expect(page.getByRole("heading", { level: 1, name: "PostSignIn" })).toBeFocused();

  // Task 18.
  endpoint.behave = () => ({ status: 200, body: "repaired" });
  await tabTo(page, page.getByRole("button", { name: "Resend", exact: true }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Attempts" }).getByRole("listitem")).toHaveCount(5);
  await fits(page);
});

/** Presses Tab until the element has the focus; each stop on the way shows that it has it. */
async function tabTo(page: Page, target: Locator, key = "Tab"): Promise<void> {
  await expect(target).toBeVisible();
  const hidden: string[] = [];
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press(key);
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return "";
      // The ring is drawn around the element, or around what stands for it.
      const rings = [element, element.nextElementSibling, element.parentElement, element.closest("label, tr")];
      const shown = rings.some((one) => {
        if (!one) return false;
        const style = getComputedStyle(one);
        return (
          (style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none"
        );
      });
      return shown ? "" : element.outerHTML.slice(0, 160);
    });
    if (at) hidden.push(at);
    if (await target.evaluate((element) => element === document.activeElement)) {
      expect(hidden, "elements that have the focus and do not show it").toEqual([]);
      return;
    }
  }
  throw new Error(`${key} does not reach ${target}`);
}

/** Nothing is cut off or has to be scrolled to sideways. */
async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}
