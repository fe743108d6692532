import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { Exchange } from "./wire.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** Places of the document that are open by their nature: they hold the JSON of users. */
const open = [
  "#/components/schemas/EventBody", // the payload of an event
  "#/components/schemas/EventType/properties/schema", // a JSON Schema
  "#/components/schemas/EventTypeCreateBody/properties/schema",
  "#/components/schemas/EventTypeCreateBody/properties/example",
  "#/components/schemas/EventTypeUpdateBody/properties/schema",
  "#/components/schemas/EventTypeUpdateBody/properties/example",
  "#/paths/~1openapi.json/get", // the document itself
];

/** What the description of the stream says: the data of each event. */
const streamData: Record<string, string> = {
  "delivery.created": "StreamDelivery",
  "delivery.updated": "StreamDelivery",
  "event.accepted": "StreamEvent",
  "webhook.updated": "StreamWebhook",
  "receiver.message": "StreamMessage",
  stats: "StreamStats",
  burst: "StreamBurst",
  resync: "StreamResync",
  bye: "StreamBye",
};

const methods = new Set(["get", "post", "put", "patch", "delete"]);

interface Operation {
  id: string;
  method: string;
  segments: string[];
  pointer: string;
  definition: JsonObject;
}

/** Contract holds what goes over the wire against the OpenAPI document. */
export class Contract {
  /** Objects of the document that say nothing about their members. */
  readonly untyped: string[] = [];
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  private readonly operations: Operation[] = [];
  private readonly checks = new Map<string, ValidateFunction>();
  private readonly document: JsonObject;

  constructor(document: JsonObject) {
    this.document = this.closed(document, "#") as JsonObject;
    (formats as unknown as { default: (ajv: Ajv2020) => void }).default(this.ajv);
    this.ajv.addFormat("binary", true);
    this.ajv.addSchema(this.document, "document");
    for (const [path, item] of Object.entries(object(this.document.paths))) {
      for (const [method, definition] of Object.entries(object(item))) {
        if (!methods.has(method)) continue;
        const operation = object(definition);
        this.operations.push({
          id: String(operation.operationId),
          method: method.toUpperCase(),
          segments: path.split("/"),
          pointer: `#/paths/${escaped(path)}/${method}`,
          definition: operation,
        });
      }
    }
  }

  /** The document of this repository. */
  static read(): Contract {
    const file = join(import.meta.dirname, "../../../api/openapi.json");
    return new Contract(JSON.parse(readFileSync(file, "utf8")) as JsonObject);
  }

  /** The operation of a request; path is without the prefix. */
  operation(method: string, path: string): Operation | undefined {
    const segments = path.split("/");
    const fits = (x: Operation) =>
      x.method === method &&
      x.segments.length === segments.length &&
      x.segments.every((s, i) => s === segments[i] || (s.startsWith("{") && segments[i] !== ""));
    const literal = (x: Operation) => x.segments.filter((s) => !s.startsWith("{")).length;
    return this.operations.filter(fits).sort((a, b) => literal(b) - literal(a))[0];
  }

  /** What is wrong with an exchange; path is without the prefix. */
  problems(exchange: Exchange, path: string): string[] {
    const name = `${exchange.method} ${path}`;
    const operation = this.operation(exchange.method, path);
    if (!operation) return [`${name}: no such operation in the OpenAPI document`];
    const found = [...this.ofQuery(exchange, operation), ...this.ofRequest(exchange, operation)];
    if (exchange.status !== 0) found.push(...this.ofAnswer(exchange, operation));
    return found.map((problem) => `${name} (${operation.id}): ${problem}`);
  }

  private ofQuery(exchange: Exchange, operation: Operation): string[] {
    const found: string[] = [];
    const parameters = list(operation.definition.parameters).map((p, i) => ({
      pointer: `${operation.pointer}/parameters/${i}/schema`,
      ...object(this.resolved(p)),
    })) as { pointer: string; name?: string; in?: string; schema?: JsonObject }[];
    for (const name of new Set(exchange.url.searchParams.keys())) {
      const parameter = parameters.find((p) => p.in === "query" && p.name === name);
      if (!parameter) {
        found.push(`query parameter ${name} is not documented`);
        continue;
      }
      const values = exchange.url.searchParams.getAll(name);
      const type = parameter.schema?.type;
      const value: Json =
        type === "array" ? values : type === "integer" || type === "number" ? Number(values[0]) : String(values[0]);
      found.push(...this.check(parameter.pointer, value).map((problem) => `query ${name}: ${problem}`));
    }
    return found;
  }

  private ofRequest(exchange: Exchange, operation: Operation): string[] {
    const described = operation.definition.requestBody;
    if (exchange.requestBody.length === 0) {
      return described && object(this.resolved(described)).required === true ? ["no body, one is required"] : [];
    }
    if (!described) return ["a body, and none is documented"];
    const at = this.pointerOf(described, `${operation.pointer}/requestBody`);
    return this.ofBody(at, exchange.requestHeaders["content-type"], exchange.requestBody).map((p) => `request: ${p}`);
  }

  private ofAnswer(exchange: Exchange, operation: Operation): string[] {
    const status = String(exchange.status);
    const described = object(operation.definition.responses)[status];
    if (!described) return [`status ${status} is not documented`];
    const at = this.pointerOf(described, `${operation.pointer}/responses/${status}`);
    const answer = object(this.resolved(described));
    if (!answer.content) {
      return exchange.body.length > 0 ? [`answer ${status}: a body, and none is documented`] : [];
    }
    return this.ofBody(at, exchange.headers["content-type"], exchange.body).map((p) => `answer ${status}: ${p}`);
  }

  private ofBody(at: string, header: string | string[] | undefined, body: Buffer): string[] {
    const content = object(object(this.at(at)).content);
    const [type = ""] = String(header ?? "").split(/ *;/);
    const key = [type, `${type.split("/")[0]}/*`, "*/*"].find((k) => k in content);
    if (!key) return [`media type ${type} is not documented`];
    const pointer = `${at}/content/${escaped(key)}`;
    if (type === "text/event-stream") return this.ofStream(body);
    if (type !== "application/json") return [];
    if (!("schema" in object(content[key]))) return ["no schema"];
    try {
      return this.check(`${pointer}/schema`, JSON.parse(body.toString("utf8")) as Json);
    } catch (error) {
      return [`not JSON: ${error}`];
    }
  }

  /** Each message of an event stream has an id, and data by its event. */
  private ofStream(body: Buffer): string[] {
    return messages(body).flatMap((message) => {
      const name = streamData[String(message.event)];
      if (!name) return [`message ${message.event} is not documented`];
      const found = this.check(`#/components/schemas/${name}`, message.data ?? null);
      if (typeof message.id !== "string" || message.id === "") found.push("it has no id");
      return found.map((problem) => `message ${message.event}: ${problem}`);
    });
  }

  private check(pointer: string, value: Json): string[] {
    let validate = this.checks.get(pointer);
    if (!validate) {
      validate = this.ajv.compile({ $ref: `document${encodeURI(pointer)}` });
      this.checks.set(pointer, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      (e) =>
        `${e.instancePath || "/"} ${e.message}${e.keyword === "additionalProperties" ? `: ${e.params.additionalProperty}` : ""}`,
    );
  }

  private pointerOf(value: Json, otherwise: string): string {
    const reference = object(value).$ref;
    return typeof reference === "string" ? reference : otherwise;
  }

  private resolved(value: Json): Json {
    const reference = object(value).$ref;
    return typeof reference === "string" ? this.at(reference) : value;
  }

  private at(pointer: string): Json {
    let value: Json = this.document;
    for (const part of pointer.slice(2).split("/")) {
      value = object(value)[part.replaceAll("~1", "/").replaceAll("~0", "~")] ?? null;
    }
    return value;
  }

  /** The document with every object closed to members that it does not name. */
  private closed(value: Json, pointer: string): Json {
    if (Array.isArray(value)) return value.map((x, i) => this.closed(x, `${pointer}/${i}`));
    if (value === null || typeof value !== "object") return value;
    if (open.some((place) => pointer === place || pointer.startsWith(`${place}/`))) return value;
    const copy: JsonObject = {};
    for (const [key, x] of Object.entries(value)) {
      // Examples are data, not schemas.
      copy[key] = key === "example" || key === "examples" ? x : this.closed(x, `${pointer}/${escaped(key)}`);
    }
    if (copy.type !== "object" || typeof copy.additionalProperties === "object") return copy;
    if (copy.properties === undefined) this.untyped.push(pointer);
    copy.additionalProperties = false;
    return copy;
  }
}

/** The messages of an event stream. */
export function messages(body: Buffer): JsonObject[] {
  const found: JsonObject[] = [];
  for (const block of body.toString("utf8").replaceAll("\r\n", "\n").split("\n\n").slice(0, -1)) {
    const message: JsonObject = {};
    const data: string[] = [];
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      if (colon <= 0) continue; // a comment, or nothing
      const [field, text] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
      if (field === "data") data.push(text);
      else message[field] = text;
    }
    if (data.length > 0) message.data = JSON.parse(data.join("\n")) as Json;
    if ("data" in message) found.push(message);
  }
  return found;
}

function object(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function escaped(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}
