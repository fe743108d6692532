import { expect, it } from "vitest";
import { absolute, clockTimeMs, countdown, instantOf, nextChange, relative } from "./time";

const now = Date.parse("2026-11-23T08:00:00Z");

it("is relative within a day", () => {
  const at = (seconds: number) => relative(new Date(now - seconds * 1000), now);
  expect([2, 12, 75, 7300, 90000, -2, -12, -4000].map(at)).toEqual([
    "just now",
    "12 s ago",
    "1 min ago",
    "2 h ago",
    undefined,
    "now",
    "in 12 s",
    "in 1 h",
  ]);
});

it("is absolute with its zone", () => {
  expect(absolute("2026-11-23T07:41:12.004Z", "utc")).toBe("23 Nov 2026, 07:41:12 UTC");
  expect(clockTimeMs("2026-11-23T00:00:01.110Z", "utc")).toBe("00:00:01.110");
});

it("counts down", () => {
  expect([12_000, 300_000, 3_661_000, -5].map(countdown)).toEqual(["0:12", "5:00", "1:01:01", "0:00"]);
});

it("changes as often as its text", () => {
  expect(nextChange(now - 5000, now)).toBe(1000);
  expect(nextChange(now - 500_000, now)).toBe(15_000);
});

it("reads the ends of a range", () => {
  expect(instantOf("-1h", now)).toBe(now - 3_600_000);
  expect(instantOf("2026-11-23T07:00:00Z", now)).toBe(now - 3_600_000);
  expect(instantOf("yesterday", now)).toBeUndefined();
  expect(instantOf("", now)).toBeUndefined();
});
