import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { operationsOf } from "@/api/document";
import { groupOperations, operationCurl } from "./operations";

const document: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../../../../api/openapi.json"), "utf8"));
const operations = operationsOf(document);

describe("the document of this API", () => {
  it("is shown whole", () => {
    const { paths } = document as { paths: Record<string, Record<string, unknown>> };
    const all = Object.values(paths).flatMap((item) =>
      Object.keys(item).filter((key) => /^(?:get|post|put|patch|delete)$/.test(key)),
    );
    expect(operations).toHaveLength(all.length);
    for (const operation of operations) {
      expect(operation.id, operation.path).not.toBe("");
      expect(operation.tag, operation.id).not.toBe("");
      expect(operation.answers.length, operation.id).toBeGreaterThan(0);
    }
  });

  it("begins with what its tags name first", () => {
    expect(groupOperations(operations, "").map((group) => group.tag)[0]).toBe("Events");
  });

  it("finds by method and path", () => {
    const found = groupOperations(operations, "patch webhooks").flatMap((group) => group.operations);
    expect(found.map((operation) => operation.id)).toEqual(["UpdateWebhook"]);
  });
});

it("writes a command without a secret", () => {
  const operation = operations.find((one) => one.id === "UpdateWebhook");
  const command = operation && operationCurl(operation, (path) => `http://localhost${path}`);
  expect(command).toContain('curl -X PATCH "http://localhost/api/webhooks/$ID"');
  expect(command).toContain('"Authorization: Bearer $TIDINGS_API_KEY"');
  expect(command).toContain("-H 'Content-Type: application/json'");
});

it("asks for no key where none is needed", () => {
  const health = operations.find((one) => one.id === "GetHealth");
  expect(health?.open).toBe(true);
});
