import { expect, it } from "vitest";
import { sameOrder, steady } from "./steady";

const row = (id: string, n = 0) => ({ id, n });
const key = (r: { id: string }) => r.id;

it("shows what is new when nobody reads", () => {
  expect(steady([row("a")], [row("b"), row("a")], key, false)).toEqual({ shown: [row("b"), row("a")], waiting: 0 });
});

it("changes rows in place and lets new ones wait while somebody reads", () => {
  expect(steady([row("a"), row("b")], [row("d"), row("c"), row("b", 7)], key, true)).toEqual({
    shown: [row("a"), row("b", 7)],
    waiting: 2,
  });
});

it("keeps an order over changes", () => {
  expect(sameOrder(["b", "a", "x"], [row("c"), row("a", 1), row("b")], key).map(key)).toEqual(["b", "a", "c"]);
});
