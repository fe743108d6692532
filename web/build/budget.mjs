// Measures what the first load of a page brings, compressed with gzip, and fails when
// it is more than the budget. `node build/budget.mjs` reads dist; with a binary
// (`node build/budget.mjs ../bin/tidings`) it asks the server what it sends.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const folder = join(import.meta.dirname, "..");
const budget = 300_000;
const pages = {
  "/overview": "src/features/overview/OverviewPage.tsx",
  "/webhooks": "src/features/webhooks/WebhooksPage.tsx",
};

const graph = JSON.parse(readFileSync(join(folder, ".build/graph.json"), "utf8"));
const index = readFileSync(join(folder, "dist/index.html"), "utf8");
const binary = process.argv[2];
const started = binary ? await start(binary) : undefined;
const server = started && `${started.url}/console`;

// start runs a server on a free port until it says where it listens.
async function start(path) {
  const data = mkdtempSync(join(tmpdir(), "budget-"));
  const flags = [
    "--listen",
    "127.0.0.1:0",
    "--ops-listen",
    "",
    "--database",
    `sqlite:${data}/tidings.db`,
    "--log-format",
    "json",
  ];
  const child = spawn(path, ["serve", ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stderr })) {
    const url = /"url":"(http[^"]+)"/.exec(line)?.[1];
    if (url) {
      child.stderr.resume();
      return { url, stop };
    }
  }
  throw new Error(`${path} did not start`);
}

// What the page names itself, and all that a chunk imports before it runs.
const named = [...index.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((match) => match[1]);

function reach(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const css of graph[name]?.css ?? []) seen.add(css);
  for (const next of graph[name]?.imports ?? []) reach(next, seen);
  return seen;
}

async function sizeOf(name) {
  if (!server) {
    try {
      return readFileSync(join(folder, "dist", `${name}.gz`)).length;
    } catch {
      return readFileSync(join(folder, "dist", name)).length;
    }
  }
  // biome-ignore lint/style/noRestrictedGlobals: this measures the server, and is no part of the console
  const response = await fetch(`${server}/${name}`, { method: "HEAD", headers: { "Accept-Encoding": "gzip" } });
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  return Number(response.headers.get("content-length"));
}

for (const [page, source] of Object.entries(pages)) {
  const chunk = Object.keys(graph).find((name) => graph[name].source === source);
  if (!chunk) throw new Error(`${page}: no chunk begins with ${source}`);
  const files = new Set(named);
  for (const name of [...named, chunk]) for (const file of reach(name)) files.add(file);
  const sizes = await Promise.all([...files].map(sizeOf));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(
    `first load of ${page}${binary ? " from the binary" : ""}: ${(total / 1000).toFixed(1)} kB gzip in ${files.size} files (budget ${budget / 1000} kB)`,
  );
  if (total > budget) process.exitCode = 1;
}
await started?.stop();
