import { expect, test } from "vitest";
import { expiresAt } from "./expiry";

test("a key ends whole days from now, or never", () => {
  const now = Date.parse("2026-02-27T10:00:00.000Z");
  expect(expiresAt("d30", now)).toBe("2026-03-29T10:00:00.000Z");
  expect(expiresAt("d365", now)).toBe("2027-02-27T10:00:00.000Z");
  expect(expiresAt("never", now)).toBeUndefined();
});
