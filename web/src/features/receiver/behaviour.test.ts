import { expect, it } from "vitest";
import { answerText } from "./answer";
import { readNumber } from "./behaviour";

it("reads whole numbers within the bounds of the API", () => {
  expect(readNumber("status", " 503 ")).toBe(503);
  expect(readNumber("failNext", "0")).toBe(0);
  for (const text of ["199", "600", "5xx", "", "-1", "2e2", "200.0"])
    expect(readNumber("status", text)).toBeUndefined();
});

it("says how a message was answered", () => {
  expect(answerText({ status: 503, delayMs: 0, dropped: false })).toBe("503");
  expect(answerText({ status: 200, delayMs: 250, dropped: false })).toBe("200, 250 ms");
  expect(answerText({ status: 200, delayMs: 0, dropped: true })).toBe("connection closed");
});
