import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";

/** What the README promises. */
const limit = 180;

const repository = join(import.meta.dirname, "../../..");

// From a fresh clone with empty Go and npm caches to a delivered webhook that is seen
// in the console: what somebody does who tries Tidings for the first time.
test("first minutes", async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), "tidings-first-minutes-"));
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);

  const commands = [
    `git clone --quiet --no-local ${repository} ${join(folder, "tidings")}`,
    `cd ${join(folder, "tidings")}`,
    "exec make demo",
  ].join(" && ");
  const child = spawn("script", ["--quiet", "--flush", "--return", "--command", commands, "/dev/null"], {
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...keep(
        "PATH",
        "LANG",
        "GOPROXY",
        "GOSUMDB",
        "GONOSUMDB",
        "GOFLAGS",
        "npm_config_registry",
        "NODE_EXTRA_CA_CERTS",
      ),
      TERM: "dumb",
      TMPDIR: folder,
      HOME: folder, // where Go and npm keep what they have downloaded and built
      GOPATH: join(folder, "go"),
      GOCACHE: join(folder, "go-build"),
      npm_config_cache: join(folder, "npm"),
    },
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let output = "";
  try {
    const link = await new Promise<string>((resolve, reject) => {
      const read = (text: string) => {
        output += text;
        const found = output.match(/https?:\/\/\S+\/console\/start#t=[\w-]+/);
        if (found) resolve(found[0]);
      };
      child.stdout.setEncoding("utf8").on("data", read);
      child.stderr.setEncoding("utf8").on("data", read);
      void ended.then((code) => reject(new Error(`make demo ended with ${code}:\n${output}`)));
    });
    const built = seconds();
    await page.goto(link);
    const delivered = page.getByRole("region", { name: "Latest requests" }).getByRole("row").filter({ hasText: "200" });
    await expect(delivered).toHaveCount(1); // the event that every demonstration begins with
    await page.getByRole("button", { name: "Send a sample event" }).click();
    await expect(delivered).toHaveCount(2, { timeout: 30_000 });
    await expect(page.getByText(/signature valid/i).first()).toBeVisible();
    const all = seconds();
    console.log(`\nRunning after ${built} s; a delivered webhook seen in the console after ${all} s.`);
    expect(Number(all), "seconds").toBeLessThan(limit);
  } finally {
    child.stdin.write("\x03");
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20_000))]);
    child.kill("SIGKILL");
    // Go makes its module cache read-only.
    spawn("chmod", ["-R", "u+w", folder]).once("exit", () => void rm(folder, { recursive: true, force: true }));
  }
});

function keep(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
