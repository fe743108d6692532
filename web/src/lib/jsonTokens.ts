// A tokenizer for JSON that keeps what JSON.parse loses: the digits of numbers, the
// order of keys and keys that occur twice. Texts are shown as they were written.

export type JsonNode =
  | { readonly kind: "object"; readonly members: readonly JsonMember[] }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  // raw is the text as it stands; value is what a string means.
  | { readonly kind: "string"; readonly raw: string; readonly value: string }
  | { readonly kind: "number" | "boolean" | "null"; readonly raw: string };

export interface JsonMember {
  readonly key: string;
  readonly rawKey: string;
  readonly value: JsonNode;
}

export class JsonSyntaxError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const space = /[ \t\n\r]*/y;

// As deep as the server accepts events, and some more.
const maxDepth = 512;

export function parseJson(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value(0);
  reader.end();
  return node;
}

export function tryParseJson(text: string): JsonNode | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

class Reader {
  private at = 0;
  constructor(private readonly text: string) {}

  end(): void {
    this.skip();
    if (this.at < this.text.length) this.fail("Unexpected text after the end");
  }

  value(depth: number): JsonNode {
    if (depth > maxDepth) this.fail("Nested too deeply");
    this.skip();
    const c = this.text[this.at];
    if (c === "{") return this.object(depth);
    if (c === "[") return this.array(depth);
    if (c === '"') {
      const raw = this.string();
      return { kind: "string", raw, value: unquote(raw) };
    }
    const digits = this.match(number);
    if (digits) return { kind: "number", raw: digits };
    const name = this.match(word);
    if (name) return { kind: name === "null" ? "null" : "boolean", raw: name };
    return this.fail(c === undefined ? "Unexpected end" : "Expected a value");
  }

  private object(depth: number): JsonNode {
    this.at++;
    const members: JsonMember[] = [];
    if (this.closes("}")) return { kind: "object", members };
    do {
      this.skip();
      if (this.text[this.at] !== '"') this.fail("Expected a name in quotes");
      const rawKey = this.string();
      this.expect(":");
      members.push({ rawKey, key: unquote(rawKey), value: this.value(depth + 1) });
    } while (this.more("}"));
    return { kind: "object", members };
  }

  private array(depth: number): JsonNode {
    this.at++;
    const items: JsonNode[] = [];
    if (this.closes("]")) return { kind: "array", items };
    do items.push(this.value(depth + 1));
    while (this.more("]"));
    return { kind: "array", items };
  }

  private more(close: string): boolean {
    this.skip();
    const c = this.text[this.at];
    if (c !== "," && c !== close) this.fail(c === undefined ? "Unexpected end" : `Expected "," or "${close}"`);
    this.at++;
    return c === ",";
  }

  private closes(close: string): boolean {
    this.skip();
    if (this.text[this.at] !== close) return false;
    this.at++;
    return true;
  }

  private expect(c: string): void {
    this.skip();
    if (this.text[this.at] !== c) this.fail(`Expected "${c}"`);
    this.at++;
  }

  private string(): string {
    return this.match(string) ?? this.fail("The text in quotes does not end, or holds what has to be escaped");
  }

  private skip(): void {
    this.match(space);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found) this.at += found.length;
    return found || undefined;
  }

  private fail(message: string): never {
    throw new JsonSyntaxError(message, this.at);
  }
}

// The pattern has accepted raw, so this cannot fail.
const unquote = (raw: string): string => (raw.includes("\\") ? String(JSON.parse(raw)) : raw.slice(1, -1));

// printJson lays a node out again with every digit, key and escape as it was.
export function printJson(node: JsonNode, indent = ""): string {
  const deeper = `${indent}  `;
  if (node.kind === "object") {
    if (node.members.length === 0) return "{}";
    const lines = node.members.map((m) => `${deeper}${m.rawKey}: ${printJson(m.value, deeper)}`);
    return `{\n${lines.join(",\n")}\n${indent}}`;
  }
  if (node.kind === "array") {
    if (node.items.length === 0) return "[]";
    return `[\n${node.items.map((item) => deeper + printJson(item, deeper)).join(",\n")}\n${indent}]`;
  }
  return node.raw;
}

// placeOf is line and column of an offset, from 1.
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

// pathStep is one step of a path as JSONPath writes it: .name, ["odd name"] or [3].
export const pathStep = (key: string | number): string =>
  typeof key === "number" ? `[${key}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
