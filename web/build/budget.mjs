// Measures what the first load of a page brings, compressed with gzip, and fails when
// it is more than the budget. `node build/budget.mjs` reads dist; with an address
// (`node build/budget.mjs http://127.0.0.1:8080/console`) it asks a running server.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..");
const budget = 300_000;
const pages = {
  "/overview": "src/features/overview/OverviewPage.tsx",
  "/webhooks": "src/features/webhooks/WebhooksPage.tsx",
};

const graph = JSON.parse(readFileSync(join(folder, ".build/graph.json"), "utf8"));
const index = readFileSync(join(folder, "dist/index.html"), "utf8");
const server = process.argv[2];

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
    `first load of ${page}: ${(total / 1000).toFixed(1)} kB gzip in ${files.size} files (budget ${budget / 1000} kB)`,
  );
  if (total > budget) process.exitCode = 1;
}
