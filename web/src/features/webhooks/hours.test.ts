import { expect, it } from "vitest";
import { hourPath } from "./hours";

const before = { start: "2026-11-26T22:10:00Z" };
const last = { start: "2026-11-26T23:10:00Z" };
const range = (hour: { start: string }) => {
  const url = new URL(hourPath("w1", [before, last], hour), "http://console");
  expect(url.pathname).toBe("/webhooks/w1/recent-requests");
  return Object.fromEntries(url.searchParams);
};

it("leads to the requests of an hour", () => {
  expect(range(before)).toEqual({ from: "2026-11-26T22:10:00.000Z", to: "2026-11-26T23:10:00.000Z" });
});

it("leads to all since the last hour began", () => {
  expect(range(last)).toEqual({ from: "2026-11-26T23:10:00.000Z" });
});
