import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { userCreated } from "../kit/api.ts";
import { expect, test } from "../kit/test.ts";

// How long the page takes from an input to the next paint while a request is open whose
// answer has 5 MB and whose event has 256 KiB, the most that is shown as a tree. Run by
// `npx playwright test -c measure.config.ts input`; the bound is 200 ms.

const boundMs = 200;
const items = Array.from({ length: 4_400 }, (_, i) => ({ id: i, name: `name of item ${i}`, on: true }));
const body = JSON.stringify({ event: userCreated, data: { items } });

test("from input to paint beside a body of 5 MB", async ({ page, open, api }) => {
  const answer = Buffer.from(`{"items":[${'"0123456789abcdef",'.repeat(260_000)}"end"]}`);
  const server = createServer((incoming, outgoing) => {
    incoming.resume().on("end", () => outgoing.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await api.webhook({ name: "CRM sync", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
  expect(body.length).toBeLessThan(256 * 1024);
  const { id } = await api.delivered(userCreated, body);
  await page.addInitScript(() => {
    const times: number[] = [];
    Object.assign(globalThis, { inputTimes: times });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (/^(?:keydown|keyup|click|input|pointerdown|pointerup)$/.test(entry.name)) times.push(entry.duration);
      }
    }).observe({ type: "event", durationThreshold: 16, buffered: true } as PerformanceObserverInit);
  });
  await open(`/requests/${id}`);
  const card = page.getByRole("region", { name: "Request, attempt 1" });
  const tree = card.getByRole("tree");
  await expect(tree.getByRole("treeitem").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Response, attempt 1" })).toContainText("0123456789abcdef");

  const found: Record<string, number> = {};
  const measure = async (name: string, act: () => Promise<void>) => {
    await page.evaluate(() => {
      (globalThis as unknown as { inputTimes: number[] }).inputTimes.length = 0;
    });
    await act();
    // Two frames later the entries of what was painted are there.
    found[name] = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const wait = (left: number): void => {
            if (left > 0) requestAnimationFrame(() => wait(left - 1));
            else resolve(Math.max(0, ...(globalThis as unknown as { inputTimes: number[] }).inputTimes));
          };
          wait(20);
        }),
    );
  };
  const search = card.getByRole("searchbox");
  await measure("typing into the search", async () => search.pressSequentially("name of item 4321", { delay: 30 }));
  await measure("going on to the next place", async () => search.press("Enter"));
  await search.press("Escape");
  await measure("expand all", async () => card.getByRole("button", { name: "Expand all" }).click());
  await expect(tree.getByRole("treeitem", { expanded: true }).first()).toBeVisible();
  await expect.poll(() => tree.getByRole("treeitem").count()).toBeGreaterThan(200);
  await measure("walking the tree", async () => {
    await tree.getByRole("treeitem").first().focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowDown");
  });
  await measure("closing a branch", async () => page.keyboard.press("ArrowLeft"));
  await measure("collapse all", async () => card.getByRole("button", { name: "Collapse all" }).click());
  await measure("raw", async () => card.getByRole("button", { name: "Raw" }).click());
  await measure("tree", async () => card.getByRole("button", { name: "Tree" }).click());
  for (const [name, ms] of Object.entries(found)) console.log(`${name}: ${ms} ms`);
  await new Promise((resolve) => server.close(resolve));
  expect(Object.entries(found).filter(([, ms]) => ms >= boundMs)).toEqual([]);
});
