import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isSection, sectionOf, variableOf } from "./sections";

// The reference of settings, which is made from the server's own table.
const reference = readFileSync(join(import.meta.dirname, "../../../../docs/configuration.md"), "utf8");

it("names the variable of every setting as the server reads it", () => {
  const keys = [...reference.matchAll(/^### (.+)$/gm)].map(([, key = ""]) => key);
  expect(keys).toContain("retention");
  for (const key of keys) expect(reference, key).toContain(`- Environment: \`${variableOf(key)}\``);
});

it("places settings", () => {
  expect(sectionOf("retry-schedule")).toBe("delivery");
  expect(sectionOf("allow-networks")).toBe("network");
  expect(sectionOf("listen")).toBe("general");
  expect(isSection("about")).toBe(true);
  expect(isSection("toString")).toBe(false);
});
