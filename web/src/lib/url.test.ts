import { describe, expect, it } from "vitest";
import { isLocalHost, lookAtUrl, safeReturn } from "./url";

describe("lookAtUrl", () => {
  it.each([
    ["", "empty"],
    ["example.com/x", "shape"],
    ["ftp://example.com", "shape"],
    ["https://", "shape"],
    ["https://exa mple.com", "shape"],
    ["http://api.example.com", "http"],
    ["http://localhost:3000", "private"],
    ["https://localhost:3000", "private"],
    ["https://10.0.0.1/x", "private"],
    ["https://[::1]/", "private"],
    ["https://169.254.169.254/", "private"],
    ["https://0x7f.1/", "private"],
    ["https://[::ffff:10.0.0.1]/", "private"],
    ["https://user:secret@example.com/", "userinfo"],
    [`https://example.com/${"a".repeat(2048)}`, "long"],
    ["https://api.example.com/webhooks", undefined],
  ])("%s is %s", (url, problem) => {
    expect(lookAtUrl(url, false).problem).toBe(problem);
  });

  it("allows local addresses in development", () => {
    expect(lookAtUrl("http://127.0.0.1:3000/in", true).problem).toBeUndefined();
  });

  it("removes a fragment and says so", () => {
    expect(lookAtUrl(" https://example.com/a#b ", false)).toEqual({
      url: "https://example.com/a",
      fragmentRemoved: true,
      host: "example.com",
    });
  });
});

it("knows hosts that are not public", () => {
  expect(["printer.local", "fe80::1", "[fe80::1]", "8.8.8.8", "example.com"].map(isLocalHost)).toEqual([
    true,
    false,
    true,
    false,
    false,
  ]);
});

it("returns only to this console", () => {
  expect(["/webhooks?q=1", "//evil.example", "https://evil.example", "/\\evil", null].map(safeReturn)).toEqual([
    "/webhooks?q=1",
    "/",
    "/",
    "/",
    "/",
  ]);
});
