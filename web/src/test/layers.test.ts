import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const src = join(import.meta.dirname, "..");
const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => name.replaceAll("\\", "/"));
const product = files.filter((name) => !/\.test\.tsx?$|^test\/|\.gen\.ts$/.test(name));
const text = (name: string) => readFileSync(join(src, name), "utf8");

// Who may import whom. A feature knows nothing of another one: the router joins them.
const layers: Record<string, readonly string[]> = {
  app: ["app", "features", "api", "ui", "lib", "texts"],
  features: ["api", "ui", "lib", "texts"],
  api: ["api", "lib"],
  ui: ["ui", "lib", "texts"],
  texts: ["texts", "lib"],
  lib: ["lib"],
};

function imports(name: string): string[] {
  const found = text(name).matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return [...found].flatMap(([, from = ""]) => {
    if (from.startsWith("@/")) return [from.slice(2)];
    return from.startsWith(".") ? [relative(src, join(src, name, "..", from)).replaceAll("\\", "/")] : [];
  });
}

const folders = (name: string): string[] => name.split("/");

describe("imports", () => {
  it.each(product.filter((name) => name.includes("/")))("%s", (name) => {
    const [layer = "", feature] = folders(name);
    for (const to of imports(name)) {
      if (to.startsWith("..")) continue;
      const [target = "", other] = folders(to);
      if (layer === "features" && target === "features") expect(`${name} → ${other}`).toBe(`${name} → ${feature}`);
      else expect(layers[layer], `${name} imports ${to}`).toContain(target);
    }
  });
});

it("asks the server in one file", () => {
  const asks = /\b(?:fetch\s*\(|XMLHttpRequest|EventSource\s*\(|WebSocket\s*\(|sendBeacon)/;
  expect(product.filter((name) => asks.test(text(name)))).toEqual(["api/client.ts"]);
});

it("has no any", () => {
  const any = /(?::\s*any\b|\bas any\b|<any\b|@ts-ignore|@ts-expect-error|@ts-nocheck)/;
  expect(
    files.filter((name) => !name.endsWith(".gen.ts") && name !== "test/layers.test.ts" && any.test(text(name))),
  ).toEqual([]);
});

it("has small files", () => {
  const long = product.filter((name) => !name.startsWith("texts/") && text(name).split("\n").length > 260);
  expect(long).toEqual([]);
});

it("keeps nothing of the server in the browser's storage", () => {
  const uses = product.filter((name) => /\b(?:local|session)Storage\b/.test(text(name)));
  // The last test runs stay in the tab, without requests, answers and addresses.
  expect(uses.sort()).toEqual(["features/webhooks/pastRuns.ts", "lib/store.ts"]);
});
