import { expect, test } from "../kit/test.ts";

const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day).toISOString();

test.describe("on a server that keeps requests for a week", () => {
  test.use({ serverOptions: { flags: ["--retention", "168h"] } });

  test("pages say how long things are kept here, and offer to look for another", async ({ page, open, recorder }) => {
    recorder.expect(404, "GET", /^\/api\/(deliveries|events)\/0+$/);
    const nothing = "0".repeat(21);
    await open(`/requests/${nothing}`);
    await expect(page.getByText("Requests are kept for 7 days; the one you linked to is older")).toBeVisible();
    await open(`/events/stream/${nothing}`);
    await expect(page.getByText("Events are kept for 7 days; the one you linked to is older")).toBeVisible();
    await expect(page.getByLabel("Find by ID")).toBeVisible();
  });

  test("a time is out of retention by what the server keeps", async ({ page, open }) => {
    await open(`/requests?from=${ago(9)}&to=${ago(8)}`);
    await expect(page.getByText("Requests are kept for 7 days; this range is older.")).toBeVisible();
    await open(`/requests?from=${ago(4)}&to=${ago(3)}`);
    await expect(page.getByText("No requests match")).toBeVisible();
  });
});
