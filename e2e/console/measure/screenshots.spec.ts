import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { Api, userCreated, userDeleted } from "../kit/api.ts";
import { Endpoint } from "../kit/endpoint.ts";
import { Server } from "../kit/server.ts";
import { signIn } from "../kit/test.ts";

const folder = join(import.meta.dirname, "../../../docs/screenshots");

// The pictures of the documentation: the main pages in both themes, of a server with
// some traffic.
test("screenshots", async ({ browser }) => {
  await mkdir(folder, { recursive: true });
  const server = await Server.start({ retries: "300ms,500ms,1s" });
  const endpoint = await Endpoint.listen();
  try {
    await take(browser, server, endpoint);
  } finally {
    await endpoint.close();
    await server.stop();
  }
});

async function take(browser: Browser, server: Server, endpoint: Endpoint): Promise<void> {
  const scene = await prepare(new Api(server), endpoint);
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } });
    await signIn(context, server);
    const page = await context.newPage();
    for (const [name, { path, ready, act }] of Object.entries(scene)) {
      await page.goto(`${server.base}/console${path}`);
      await expect(page.getByText(ready).filter({ visible: true }).first()).toBeVisible();
      await act?.(page);
      await page.evaluate(() => document.fonts.ready);
      await page.mouse.move(640, 799);
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), animations: "disabled" });
    }
    await context.close();
  }
}

interface Shot {
  path: string;
  ready: string | RegExp;
  act?: (page: Page) => Promise<void>;
}

async function prepare(api: Api, endpoint: Endpoint): Promise<Record<string, Shot>> {
  let turn = 0;
  let deleted = 0;
  endpoint.behave = ({ path, event }) => {
    turn++;
    if (event === userDeleted && ++deleted <= 3) return { status: 503, body: "upstream connect error" };
    const json = { "content-type": "application/json" };
    if (path === "/warehouse" && turn % 3 !== 0) return { status: 503, body: "upstream connect error" };
    if (path === "/crm" && turn % 40 === 0) return { status: 422, body: '{"error":"unknown user"}', headers: json };
    return { status: 200, body: '{"ok":true}', headers: json };
  };
  await api.webhook({ name: "Billing sync", url: endpoint.url("/billing"), eventTypes: ["User.*"] });
  await api.webhook({ name: "CRM mirror", url: endpoint.url("/crm"), eventTypes: ["PostSignIn", "User.Data.Updated"] });
  await api.webhook({
    name: "Data warehouse",
    url: endpoint.url("/warehouse"),
    eventTypes: ["PostSignIn", "Role.Deleted"],
    headers: [
      { name: "authorization", value: "Bearer 0123456789abcdef", locked: true },
      { name: "x-env", value: "production" },
    ],
  });
  await api.webhook({ name: "Audit archive", url: endpoint.url("/archive"), eventTypes: ["Role.*", "Organization.*"] });
  await api.webhook({ name: "Mobile push", url: endpoint.url("/push"), eventTypes: ["PostResetPassword"] });
  const staging = await api.webhook({ name: "Staging", url: endpoint.url("/staging"), eventTypes: ["*"] });
  await api.change(staging.id, { enabled: false });
  const types = [userCreated, "User.Data.Updated", "PostSignIn", "PostSignIn", "Role.Created", "Organization.Created"];
  for (let i = 0; i < 240; i++) {
    await api.emit(types[i % types.length] ?? userCreated, { data: { id: `u_${i}`, username: `user${i}` } });
  }
  const retried = await api.delivered(userDeleted, {
    params: { userId: "u_19d2" },
    sequence: 1,
    isSuspended: false,
    data: null,
  });
  const warehouse = (await api.webhooks()).find((webhook) => webhook.name === "Data warehouse");
  return {
    overview: { path: "/overview", ready: "Needs attention" },
    webhooks: { path: "/webhooks", ready: "Billing sync" },
    webhook: {
      path: `/webhooks/${warehouse?.id}/settings`,
      ready: "Signing key",
      act: async (page) => {
        await page.getByRole("button", { name: "Send test payload" }).first().click();
        await expect(page.getByText(/\d of 2 succeeded/).first()).toBeVisible();
      },
    },
    requests: { path: "/requests", ready: userCreated },
    request: { path: `/requests/${retried.id}`, ready: "Attempt 4" },
    events: { path: "/events", ready: userDeleted },
    catalogue: { path: "/events/catalogue/User.Created", ready: "User.Created" },
  };
}
