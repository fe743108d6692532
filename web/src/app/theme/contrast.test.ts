import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");

// The tokens of a scheme: the later block adds to the earlier ones.
function tokens(scheme: "light" | "dark"): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, selector = "", body = ""] of css.matchAll(/([^{}]+)\{([^{}]+)\}/g)) {
    if (!selector.includes(`="${scheme}"`) && !(scheme === "dark" && selector.includes('="light"'))) continue;
    for (const [, name = "", value = ""] of body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)) found.set(name, value);
  }
  return found;
}

const luminance = (hex: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const surfaces = ["canvas", "surface", "sunken", "hover", "selected"];
const pairs: [string, string, number][] = [
  ...["text", "text-2", "text-3", "accent-text"].flatMap((t) =>
    surfaces.map((s): [string, string, number] => [t, s, 4.5]),
  ),
  ...["ok", "bad", "warn", "info", "mute"].map((t): [string, string, number] => [t, `${t}-bg`, 4.5]),
  ...["bad", "ok"].map((t): [string, string, number] => [t, "surface", 4.5]),
  ...["key", "str", "num", "bool", "null"].map((t): [string, string, number] => [`code-${t}`, "sunken", 4.5]),
  ...["accent", "accent-hover", "danger", "danger-hover"].map((b): [string, string, number] => ["on-accent", b, 4.5]),
  ...["border-strong", "focus"].flatMap((t) => ["canvas", "surface"].map((s): [string, string, number] => [t, s, 3])),
  ...["ok-fill", "bad-fill", "border-strong"].map((t): [string, string, number] => [t, "surface", 2.7]),
];

describe.each(["light", "dark"] as const)("%s", (scheme) => {
  const all = tokens(scheme);
  it.each(pairs)("%s on %s", (front, back, least) => {
    expect(contrast(all.get(front) ?? "", all.get(back) ?? "")).toBeGreaterThanOrEqual(least);
  });
});
