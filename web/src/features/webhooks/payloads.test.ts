import { expect, it } from "vitest";
import { complete } from "./payloads";

const now = new Date("2026-11-23T12:00:00.000Z");

it("adds what every event carries and leaves the rest as it stands", () => {
  expect(complete('{"n":1.10,"b":9007199254740993}', "w", now)).toBe(
    '{"n":1.10,"b":9007199254740993,"createdAt":"2026-11-23T12:00:00.000Z","hookId":"w"}',
  );
  expect(complete('{ "a": 1\n}', "w", now)).toBe('{ "a": 1,"createdAt":"2026-11-23T12:00:00.000Z","hookId":"w"}');
  expect(complete("{}", "w", now)).toBe('{"createdAt":"2026-11-23T12:00:00.000Z","hookId":"w"}');
});

it("adds nothing that is there, and nothing to what is no object", () => {
  expect(complete('{"createdAt":"x","hookId":"mine"}', "w", now)).toBe('{"createdAt":"x","hookId":"mine"}');
  expect(complete('{"data":{"hookId":"inner"},"createdAt":"x"}', "w", now)).toBe(
    '{"data":{"hookId":"inner"},"createdAt":"x","hookId":"w"}',
  );
  expect(complete("[1]", "w", now)).toBe("[1]");
});
