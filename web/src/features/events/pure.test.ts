import { describe, expect, it } from "vitest";
import type { EventTypeRow } from "@/api/eventTypes";
import { emitCurl, quoted } from "./curl";
import { groupTypes } from "./groups";
import { createPath, emitPath, typePath } from "./links";
import { payloadProblem, prettyPayload } from "./payload";
import { readSchema } from "./schema";

describe("payload", () => {
  it("keeps the digits and the order of a sample", () => {
    const pretty = prettyPayload('{"z":9007199254740993,"event":"A.B","e":1e400,"a":1.0}', "A.B");
    expect(pretty).toMatch(/"z": 9007199254740993,\s+"event": "A.B",\s+"e": 1e400,\s+"a": 1.0/);
  });

  it("begins an event type without a sample", () => {
    expect(payloadProblem(prettyPayload(undefined, "Invoice.Paid"), "Invoice.Paid")).toBeUndefined();
  });

  it("says where it is no JSON, no object, or of another type", () => {
    expect(payloadProblem('{"event":"A",\n  oops}', "A")).toContain("Line 2, column 3");
    expect(payloadProblem("[]", "A")).toBe("The payload is a JSON object.");
    expect(payloadProblem('{"event":"B"}', "A")).toContain('"A"');
    expect(payloadProblem('{"event":1}', "A")).toContain('"A"');
    expect(payloadProblem('{"event":"\\u0041"}', "A")).toBeUndefined();
  });
});

describe("curl", () => {
  it("makes any text one word", () => {
    expect(quoted("it's $HOME `x`\n")).toBe("'it'\\''s $HOME `x`\n'");
  });

  it("names the key by its variable", () => {
    const command = emitCurl("https://t.example/api/events", '{"event":"A"}', "order-1");
    expect(command).toContain('"Authorization: Bearer $TIDINGS_API_KEY"');
    expect(command).toContain("-H 'Idempotency-Key: order-1'");
    expect(command).toContain(`--data-binary '{"event":"A"}'`);
  });
});

describe("groupTypes", () => {
  const type = (name: string, group: string): EventTypeRow => ({
    name,
    group,
    description: `about ${name}`,
    builtIn: true,
    deprecated: false,
    hasSchema: false,
    webhookCount: 0,
  });
  const types = [type("User.Created", "User"), type("Role.Created", "Role"), type("User.Deleted", "User")];

  it("keeps the order of groups and of types in them", () => {
    expect(groupTypes(types, "").map((g) => [g.group, ...g.types.map((t) => t.name)])).toEqual([
      ["User", "User.Created", "User.Deleted"],
      ["Role", "Role.Created"],
    ]);
  });

  it("finds all of the words", () => {
    expect(groupTypes(types, "created ROLE").map((g) => g.group)).toEqual(["Role"]);
    expect(groupTypes(types, "nothing")).toEqual([]);
  });
});

it("escapes what goes into an address", () => {
  expect(typePath("a/b c")).toBe("/events/catalogue/a%2Fb%20c");
  expect(createPath("A&B")).toBe("/webhooks/create?event=A%26B");
  expect(emitPath()).toBe("/events?emit=");
});

describe("readSchema", () => {
  it("takes objects, booleans and nothing", () => {
    expect(readSchema(' {"type": "object"} ')).toEqual({ value: { type: "object" } });
    expect(readSchema("false")).toEqual({ value: false });
    expect(readSchema(" ")).toEqual({});
  });

  it("refuses the rest", () => {
    expect(readSchema("[1]").problem).toBeDefined();
    expect(readSchema('{"a":}').problem).toContain("column 6");
  });
});
