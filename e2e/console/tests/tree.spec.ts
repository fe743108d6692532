import { userCreated } from "../kit/api.ts";
import { violations } from "../kit/axe.ts";
import { expect, test } from "../kit/test.ts";

const payload = JSON.stringify({
  event: userCreated,
  data: { id: "u_1", mail: "ada@example.com", at: "2026-11-03T10:00:00Z" },
  many: Array.from({ length: 450 }, (_, i) => ({ n: i, text: `item ${i}` })),
}).replace('"data":{', '"data":{"sequence":9007199254740993,');

test("a body is searched, walked by keyboard, and values and paths are copied", async ({
  page,
  open,
  api,
  endpoint,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await api.webhook({ name: "CRM sync", url: endpoint.url() });
  const { id } = await api.delivered(userCreated, payload);
  await open(`/requests/${id}`);
  const card = page.getByRole("region", { name: "Request, attempt 1" });
  const tree = card.getByRole("tree", { name: "Body of the request" });
  const item = (name: string | RegExp) => tree.getByRole("treeitem", { name });
  await expect(item("sequence: 9007199254740993, number")).toBeVisible();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());

  // What is deep inside is found, opened and shown.
  const search = card.getByLabel("Search in body of the request");
  await search.fill("ITEM 44");
  await expect(card.getByRole("status").filter({ hasText: "1 of 11" })).toBeVisible();
  await expect(item('text: "item 44", string')).toBeInViewport();
  await search.press("Enter");
  await expect(card.getByRole("status").filter({ hasText: "2 of 11" })).toBeVisible();
  await expect(item('text: "item 440", string')).toBeInViewport();
  await search.press("Shift+Enter");
  await expect(card.getByRole("status").filter({ hasText: "1 of 11" })).toBeVisible();
  await search.fill("nowhere to be found");
  await expect(card.getByText("Nothing found")).toBeVisible();
  await search.press("Escape");
  await expect(search).toHaveValue("");

  // Home, letters and arrows.
  await card.getByRole("button", { name: "Collapse all" }).click();
  await item(/^event: /).focus();
  await page.keyboard.press("End");
  await expect(item(/^hookId: /)).toBeFocused();
  await page.keyboard.press("Home");
  await expect(item(/^event: /)).toBeFocused();
  await page.keyboard.type("da");
  const data = item(/^data: .*, object$/);
  await expect(data).toBeFocused();
  await expect(data).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("ArrowRight");
  await expect(data).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowDown");
  await expect(item("sequence: 9007199254740993, number")).toBeFocused();
  expect(await violations(page)).toEqual([]);

  const chosen = card.getByRole("region", { name: "Chosen value" });
  await expect(chosen).toContainText("$.data.sequence");
  await page.keyboard.press("Tab");
  await expect(chosen.getByRole("button", { name: "Copy value" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect.poll(copied).toBe("9007199254740993");
  await chosen.getByRole("button", { name: "Copy path" }).click();
  await expect.poll(copied).toBe("$.data.sequence");
});
