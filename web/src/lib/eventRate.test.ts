import { describe, expect, it } from "vitest";
import { eventRate, perMinuteText } from "./eventRate";

const now = Date.parse("2026-11-23T12:00:00.000Z");
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

describe("eventRate", () => {
  it("is the average of the day if all of it is known", () => {
    expect(eventRate(Array(72).fill(ago(60)), false, now)).toEqual({ perMinute: 0.05, ofDay: true });
    expect(eventRate([], false, now)).toEqual({ perMinute: 0, ofDay: true });
  });

  it("is that of the newest if there are more", () => {
    const newest = Array.from({ length: 100 }, (_, i) => ago((i + 1) * 0.3));
    expect(eventRate(newest, true, now)).toEqual({ perMinute: 200, ofDay: false });
    expect(eventRate(Array(100).fill(ago(0)), true, now).perMinute).toBe(6000);
  });
});

it.each([
  [0, "0"],
  [0.004, "less than 0.01"],
  [0.05, "0.05"],
  [3.271, "3.3"],
  [1_234, "1,200"],
])("%d is said as %s", (rate, want) => {
  expect(perMinuteText(rate)).toBe(want);
});
