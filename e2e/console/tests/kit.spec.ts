import { test as plain } from "@playwright/test";
import { Api, userCreated } from "../kit/api.ts";
import { Canaries } from "../kit/canaries.ts";
import { Contract } from "../kit/contract.ts";
import { Endpoint, signedBy } from "../kit/endpoint.ts";
import { missing, tasks } from "../kit/names.ts";
import { Recorder } from "../kit/recorder.ts";
import { Server } from "../kit/server.ts";
import { expect } from "../kit/test.ts";
import type { Exchange } from "../kit/wire.ts";

// The kit must see what it promises to see: each test makes one fault on purpose
// and looks for it among the problems of a recorder.

const contract = Contract.read();

const test = plain.extend<{
  server: Server;
  problems: () => Promise<string[]>;
  recorder: Recorder;
  canaries: Canaries;
}>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture uses from its parameter.
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  canaries: async ({}, use) => use(new Canaries()),
  recorder: async ({ server, canaries }, use) => use(new Recorder(server, contract, canaries)),
  page: async ({ page, context, recorder, server }, use) => {
    await recorder.attach(context);
    // A page of this server that may do everything, unlike the real ones.
    await page.route("**/console/blank", (route) =>
      route.fulfill({ contentType: "text/html", body: "<!doctype html><title>blank</title>" }),
    );
    await page.goto(`${server.base}/console/blank`);
    await use(page);
  },
  problems: async ({ context, recorder }, use) => use(() => recorder.problems(context)),
});

test("a page that does nothing wrong has no problems", async ({ page, problems }) => {
  await page.evaluate(() => fetch("/healthz"));
  expect(await problems()).toEqual([]);
});

test("the recorder sees a call of no operation", async ({ page, problems }) => {
  await page.evaluate(() => fetch("/api/nothing"));
  expect(await problems()).toContainEqual(expect.stringContaining("/api/nothing: no such operation"));
});

test("the recorder sees a query parameter that is not documented", async ({ page, problems }) => {
  await page.evaluate(() => fetch("/api/webhooks?size=3"));
  expect(await problems()).toContainEqual(expect.stringContaining("query parameter size is not documented"));
});

test("the recorder sees a refusal that the test has not provoked", async ({ page, problems, recorder }) => {
  await page.evaluate(() => fetch("/api/webhooks"));
  expect(await problems()).toContainEqual(expect.stringContaining("GET /api/webhooks answers 401"));
  recorder.expect(401, "GET", /^\/api\/webhooks$/);
  expect(await problems()).toEqual([]);
});

test("the recorder misses a refusal that should have come", async ({ page, problems, recorder }) => {
  void page;
  recorder.expect(401, "GET", /^\/api\/webhooks$/);
  expect(await problems()).toContainEqual(expect.stringContaining("no 401 came"));
});

test("the recorder sees errors of scripts and of the console", async ({ page, problems }) => {
  await page.evaluate(() => {
    console.error("a warning of React");
    setTimeout(() => {
      throw new Error("thrown by a handler");
    });
  });
  await expect.poll(problems).toContainEqual(expect.stringContaining("thrown by a handler"));
  expect(await problems()).toContainEqual(expect.stringContaining("a warning of React"));
});

test("the recorder sees a request to another origin and a dialog", async ({ page, problems }) => {
  const other = await Endpoint.listen();
  await page.evaluate((url) => fetch(url, { mode: "no-cors" }).catch(() => undefined), other.url());
  await page.evaluate(() => alert("executed"));
  const found = await problems();
  expect(found).toContainEqual(expect.stringContaining("a request to another origin"));
  expect(found).toContainEqual("a script opened a dialog: alert: executed");
  await other.close();
});

test("the recorder sees a violation of the policy", async ({ page, server, problems }) => {
  await page.goto(`${server.base}/console/`);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'executed'";
    document.body.append(script);
  });
  await expect.poll(problems).toContainEqual(expect.stringContaining("Content Security Policy violated"));
});

const leaks: Record<string, (secret: string) => void> = {
  "the DOM": (secret: string) => {
    const text = document.createElement("p");
    text.textContent = `a ${secret} b`;
    document.body.append(text);
    setTimeout(() => text.remove());
  },
  localStorage: (secret: string) => localStorage.setItem("key", secret),
  sessionStorage: (secret: string) => sessionStorage.setItem("key", secret),
  history: (secret: string) => history.replaceState({ secret }, ""),
  "a console message": (secret: string) => console.log(secret),
  values: (secret: string) => {
    const field = document.createElement("input");
    field.value = secret;
    document.body.append(field);
  },
  "the URL": (secret: string) => {
    void fetch(`/healthz?${secret}`);
  },
};
for (const [where, leak] of Object.entries(leaks)) {
  test(`a secret is found in ${where}`, async ({ page, canaries, problems }) => {
    const secret = "canary-0123456789abcdef";
    canaries.watch("the secret", secret);
    await page.evaluate(leak, secret);
    await expect.poll(problems).toContainEqual(expect.stringContaining(`the secret in ${where}`));
  });
}

test("a secret is found in an answer, but for the one that asked for it", async ({
  page,
  server,
  canaries,
  problems,
}) => {
  const api = new Api(server);
  const webhook = await api.webhook({ name: "CRM", url: "http://127.0.0.1:49152/hooks" });
  const { signingKey } = await api.signingKey(webhook.id);
  await page.evaluate(
    ([key, id]) => fetch(`/api/webhooks/${id}/signing-key`, { headers: { authorization: `Bearer ${key}` } }),
    [server.apiKey, webhook.id],
  );
  expect(await problems()).toEqual([]);
  canaries.watch("the URL", webhook.url);
  await page.evaluate(
    ([key, id]) => fetch(`/api/webhooks/${id}`, { headers: { authorization: `Bearer ${key}` } }),
    [server.apiKey, webhook.id],
  );
  expect(await problems()).toContain(`the URL in the answer of GET /api/webhooks/${webhook.id}`);
  await canaries.revealing([signingKey], () => page.evaluate((key) => console.log(key), signingKey));
  expect((await problems()).filter((problem) => problem.includes("signing key"))).toEqual([]);
  await page.evaluate((key) => console.log(`again: ${key}`), signingKey);
  expect(await problems()).toContainEqual(expect.stringContaining("the signing key of CRM in a console message"));
});

test("the contract sees statuses, media types and members that are not documented", () => {
  const answer = (body: unknown, part: Partial<Exchange> = {}) =>
    contract.problems(exchange({ body: Buffer.from(JSON.stringify(body)), ...part }), "/api/me");
  const me = { kind: "apiKey", name: "x", tenant: "default", scopes: ["read"] };
  expect(answer(me)).toEqual([]);
  expect(answer({ ...me, extra: 1 })).toContainEqual(expect.stringContaining("additional properties: extra"));
  expect(answer({ kind: "apiKey" })).toContainEqual(expect.stringContaining("required property"));
  expect(answer(me, { status: 418 })).toContainEqual(expect.stringContaining("status 418 is not documented"));
  expect(answer(me, { headers: { "content-type": "text/html" } })).toContainEqual(
    expect.stringContaining("media type text/html is not documented"),
  );
});

test("no object of the document leaves its members open", () => {
  expect(contract.untyped).toEqual([]);
});

test("the wire counts streams, cuts them and holds them back", async ({ page, server }) => {
  void page;
  server.wire.fate = (_, url) => (url.pathname === "/healthz" ? "cut" : "pass");
  expect(await page.evaluate(() => fetch("/healthz").catch(() => "cut"))).toBe("cut");
  expect(server.wire.exchanges.at(-1)?.cut).toBe(true);
  server.wire.fate = () => "pass";
  expect(await page.evaluate(() => fetch("/healthz").then((answer) => answer.status))).toBe(200);
});

test("an endpoint records what it gets, and checks both signatures", async ({ server }) => {
  const endpoint = await Endpoint.listen();
  const api = new Api(server);
  const webhook = await api.webhook({ name: "CRM", url: endpoint.url() });
  await api.delivered(userCreated, { data: { id: "u_1" } });
  const [request] = await endpoint.got(1);
  const { signingKey } = await api.signingKey(webhook.id);
  expect(request?.event).toBe(userCreated);
  expect(request && signedBy(request, signingKey)).toBe(true);
  expect(request && signedBy({ ...request, body: Buffer.from("{}") }, signingKey)).toBe(false);
  await endpoint.close();
});

test("a complete run lacks each task that has not passed", () => {
  const all = tasks.map((n) => `task ${String(n).padStart(2, "0")}: something`);
  expect(missing(all)).toEqual([]);
  expect(missing(all.filter((name) => !name.startsWith("task 10")))).toEqual(["task 10"]);
  expect(tasks).toHaveLength(23);
  expect(tasks).not.toContain(11);
  expect(tasks).not.toContain(19);
});

function exchange(part: Partial<Exchange>): Exchange {
  return {
    method: "GET",
    url: new URL("http://127.0.0.1/"),
    requestHeaders: {},
    requestBody: Buffer.alloc(0),
    status: 200,
    headers: { "content-type": "application/json" },
    body: Buffer.alloc(0),
    open: false,
    cut: false,
    ...part,
  };
}
