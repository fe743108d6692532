import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import { Api } from "./api.ts";
import { Canaries } from "./canaries.ts";
import { Contract } from "./contract.ts";
import { Endpoint } from "./endpoint.ts";
import { Recorder } from "./recorder.ts";
import { admin, Server, type ServerOptions } from "./server.ts";

interface Fixtures {
  /** How the server is started: test.use({ serverOptions: { prefix: "/some/prefix" } }). */
  serverOptions: ServerOptions;
  /** Sign in before the test begins; off for what happens before that. */
  signedIn: boolean;
  server: Server;
  api: Api;
  endpoint: Endpoint;
  canaries: Canaries;
  recorder: Recorder;
  /** Opens a page of the console by its address, as a bookmark does. */
  open: (path: string, page?: Page) => Promise<Page>;
}

/** Answers per worker: the document does not change while tests run. */
interface WorkerFixtures {
  contract: Contract;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  contract: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture uses from its parameter.
    async ({}, use) => use(Contract.read()),
    { scope: "worker" },
  ],
  serverOptions: [{}, { option: true }],
  signedIn: [true, { option: true }],
  server: async ({ serverOptions }, use) => {
    const server = await Server.start(serverOptions);
    await use(server);
    await server.stop();
  },
  api: async ({ server }, use) => use(new Api(server)),
  // biome-ignore lint/correctness/noEmptyPattern: as above
  endpoint: async ({}, use) => {
    const endpoint = await Endpoint.listen();
    await use(endpoint);
    await endpoint.close();
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  canaries: async ({}, use) => use(new Canaries()),
  baseURL: async ({ server }, use) => use(`${server.base}/console/`),
  recorder: async ({ server, contract, canaries }, use) => use(new Recorder(server, contract, canaries)),
  context: async ({ context, server, recorder, signedIn }, use) => {
    await recorder.attach(context);
    if (signedIn) await signIn(context, server);
    await use(context);
    expect(await recorder.problems(context), "what must never happen in any test").toEqual([]);
  },
  open: async ({ page, server }, use) => {
    await use(async (path, other) => {
      const at = other ?? page;
      await at.goto(`${server.base}/console${path}`);
      return at;
    });
  },
});

export { admin, expect };

/** Signs the context in, with the credentials of the administrator. */
export async function signIn(context: BrowserContext, server: Server): Promise<void> {
  const { email, password } = admin;
  const answer = await context.request.post(`${server.base}/api/session`, {
    data: { email, password },
    headers: { origin: server.wire.origin },
  });
  if (!answer.ok()) throw new Error(`sign-in answers ${answer.status()}: ${await answer.text()}`);
}
