import { expect, it } from "vitest";
import { changeCurl, createCurl } from "./curl";

it("quotes for the shell and holds no key", () => {
  const text = createCurl({ name: "Bob's", eventTypes: ["User.*"], url: "https://example.com/a" });
  expect(text).toContain(`"name": "Bob'\\''s"`);
  expect(text).toContain("$TIDINGS_API_KEY");
  expect(text.split("\n")[0]).toBe(`curl -X POST "$TIDINGS_URL/api/webhooks" \\`);
});

it("changes the version that was seen", () => {
  expect(changeCurl("w1", '"7"', { name: "x" })).toContain(`-H 'If-Match: "7"'`);
});
