import { expect, it } from "vitest";
import { noFilter } from "./filters";
import { isGone } from "./range";

const hour = 3_600_000;
const now = Date.parse("2026-11-23T12:00:00.000Z");
const yesterday = { ...noFilter, from: "2026-11-21T00:00:00.000Z", to: "2026-11-22T11:00:00.000Z" };

it("a range is gone only if all of it is older than what is kept", () => {
  expect(isGone(yesterday, now, 24 * hour)).toBe(true);
  expect(isGone(yesterday, now, 48 * hour)).toBe(false);
  expect(isGone({ ...yesterday, to: "" }, now, 24 * hour)).toBe(false);
});
