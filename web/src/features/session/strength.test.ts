import { expect, it } from "vitest";
import { strength } from "./strength";

it.each([
  ["short", 0],
  ["aaaaaaaaaaaaaaaa", 1],
  ["abcabcdabcde", 1],
  ["abcdefabcdef", 1],
  ["sunflower-rain", 2],
  ["correcthorsebatterystaple", 3],
  ["Tr0ub4dor&3xyz", 3],
  ["V7$kq-93mzLw!bT2xR", 4],
])("%s is %d", (password, want) => {
  expect(strength(password)).toBe(want);
});
