import { expect, it } from "vitest";
import { looksLikeId, matchesWords, pathOf } from "./find";

it("knows identifiers by their shape", () => {
  expect(looksLikeId("f4ugvz9ibl1pzvljn1bcz")).toBe(true);
  expect(looksLikeId("5f1d7a8e0c3b49629d4f6a1b2c3d4e5f")).toBe(true);
  for (const text of ["", "User.Created", "f4ugvz9ibl1pzvljn1bc", "F4UGVZ9IBL1PZVLJN1BCZ"])
    expect(looksLikeId(text)).toBe(false);
});

it("leads to the page of everything", () => {
  expect(pathOf({ kind: "delivery", id: "a" })).toBe("/requests/a");
  expect(pathOf({ kind: "event", id: "a" })).toBe("/events/stream/a");
});

it("finds by all words, in any order and case", () => {
  expect(matchesWords("Create webhook", "WEB cre")).toBe(true);
  expect(matchesWords("Create webhook", "web delete")).toBe(false);
  expect(matchesWords("Create webhook", "")).toBe(true);
});
