import { networkInterfaces } from "node:os";
import { userCreated } from "../kit/api.ts";
import { seed } from "../kit/seed.ts";
import { expect, test } from "../kit/test.ts";

test.describe("under a path of the base URL", () => {
  test.use({ serverOptions: { prefix: "/some/prefix" } });

  test("every page is there, and deep links reload", async ({ page, open, api, endpoint, server }) => {
    const { failed, healthy } = await seed(api, endpoint);
    await open("/webhooks");
    await page.getByRole("link", { name: healthy.name }).click();
    await expect(page.getByRole("heading", { level: 1, name: healthy.name })).toBeVisible();
    for (const [path, heading] of [
      [`/webhooks/${healthy.id}/settings`, healthy.name],
      [`/requests/${failed.id}`, "PostSignIn"],
      ["/events/catalogue/User.Created", userCreated],
    ] as const) {
      await open(path);
      await expect(page.getByRole("heading", { name: heading }).first()).toBeVisible();
      await page.reload();
      await expect(page.getByRole("heading", { name: heading }).first()).toBeVisible();
    }
    // The recorder refuses every request outside the prefix.
    expect(server.wire.exchanges.every(({ url }) => url.pathname.startsWith("/some/prefix/"))).toBe(true);
  });
});

const address = Object.values(networkInterfaces())
  .flat()
  .find((x) => x?.family === "IPv4" && !x.internal)?.address;

// On a machine that has loopback alone there is nothing to run it on.
if (address) {
  test.describe("over plain http to an address that is not loopback: no secure context", () => {
    test.use({ serverOptions: { host: address } });

    test("the console works: sign-in, stream, copying", async ({
      page,
      open,
      api,
      endpoint,
      server,
      canaries,
      context,
    }) => {
      const webhook = await api.webhook({ name: "CRM sync", url: endpoint.url() });
      const { signingKey } = await api.signingKey(webhook.id);
      await open("/webhooks");
      expect(await page.evaluate(() => isSecureContext)).toBe(false);
      await expect(page.getByRole("navigation", { name: "Main" })).toHaveText(/Live/);
      const row = page.getByRole("row").filter({ hasText: "CRM sync" });
      await expect(row).toContainText("No requests");
      await api.delivered(userCreated);
      await expect(row).toContainText("100%");

      // Without a clipboard the text is selected, for the keyboard to copy.
      await open(`/webhooks/${webhook.id}/settings`);
      await canaries.revealing([signingKey], async () => {
        await page.getByRole("button", { name: "Copy signing key" }).click();
        await expect.poll(() => page.evaluate(() => getSelection()?.toString())).toBe(signingKey);
        await open("/webhooks");
      });

      // Without locks each tab has a stream of its own.
      const other = await context.newPage();
      await open("/webhooks", other);
      await expect(other.getByRole("navigation", { name: "Main" })).toHaveText(/Live/);
      await expect.poll(() => server.wire.openStreams().length).toBe(2);
    });
  });
}
