import { describe, expect, it } from "vitest";
import { bytes, cappedCount, count, duration, healthLevel, plural, rate, span, truncateMiddle } from "./format";

describe("rate", () => {
  it.each([
    [0, 0, undefined],
    [0, 20, "0.00%"],
    [20, 20, "100%"],
    [999999, 1000000, "99.99%"],
    [4205, 4213, "99.81%"],
    [2, 3, "66.66%"],
    [1, 1000000, "0.00%"],
    [9007199254740990, 9007199254740991, "99.99%"],
  ])("%d of %d is %s", (successes, total, want) => {
    expect(rate(successes, total)).toBe(want);
  });
});

describe("healthLevel", () => {
  it.each([
    [0, 0, "idle"],
    [899, 1000, "failing"],
    [900, 1000, "degraded"],
    [989, 1000, "degraded"],
    [990, 1000, "healthy"],
    [0, 1, "failing"],
  ])("%d of %d is %s", (successes, total, want) => {
    expect(healthLevel(successes, total)).toBe(want);
  });
});

it("writes durations for people", () => {
  expect([0.2, 84.4, 1020, 14200, 61000, 3720000].map(duration)).toEqual([
    "< 1 ms",
    "84 ms",
    "1.02 s",
    "14.2 s",
    "1 min 1 s",
    "1 h 2 min",
  ]);
});

it("writes sizes and counts", () => {
  expect([1, 17, 1024, 16384, 5 * 1024 * 1024].map(bytes)).toEqual([
    "1 byte",
    "17 bytes",
    "1.0 KiB",
    "16 KiB",
    "5.0 MiB",
  ]);
  expect(count(4213)).toBe("4,213");
  expect(plural(1, "request", "requests")).toBe("1 request");
  expect(cappedCount({ n: 10000, capped: true })).toBe("10,000+");
});

it("shortens in the middle", () => {
  expect(truncateMiddle("abcdefghij", 5)).toBe("ab…ij");
  expect(truncateMiddle("abc", 5)).toBe("abc");
});

describe("span", () => {
  it.each([
    [86_400_000, "24 hours"],
    [3_600_000, "1 hour"],
    [5_400_000, "90 minutes"],
    [2 * 86_400_000, "2 days"],
    [30 * 86_400_000, "30 days"],
    [25 * 3_600_000, "25 hours"],
    [90_000, "90 seconds"],
  ])("%d is %s", (ms, want) => {
    expect(span(ms)).toBe(want);
  });
});
