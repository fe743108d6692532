import { queryOptions } from "@tanstack/react-query";
import { isObject } from "@/lib/apiError";
import { client, dataOf } from "./client";

// The document of the API, read leniently: the page about it shows what it knows.
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body: Body | undefined;
  readonly answers: readonly Answer[];
  // No credential is needed.
  readonly open: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly place: string;
  readonly required: boolean;
  readonly description: string;
}

export interface Body {
  readonly media: string;
  readonly example: string | undefined;
  readonly schema: string | undefined;
}

export interface Answer {
  readonly status: string;
  readonly description: string;
  readonly body: Body | undefined;
}

export const documentQuery = queryOptions({
  queryKey: ["document"],
  queryFn: async ({ signal }) => operationsOf(await dataOf(client.GET("/openapi.json", { signal }))),
  staleTime: Number.POSITIVE_INFINITY,
});

const methods = ["get", "post", "put", "patch", "delete"] as const;

// operationsOf lists the operations of a document in its order, by tag.
export function operationsOf(document: unknown): readonly Operation[] {
  const at = (node: unknown, ...path: string[]): unknown =>
    path.reduce((value, key) => (isObject(value) ? value[key] : undefined), node);
  const follow = (node: unknown): unknown => {
    const ref = at(node, "$ref");
    return typeof ref === "string" && ref.startsWith("#/") ? at(document, ...ref.slice(2).split("/")) : node;
  };
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const entries = (value: unknown): readonly [string, unknown][] => (isObject(value) ? Object.entries(value) : []);

  const bodyOf = (content: unknown): Body | undefined => {
    const first = entries(content)[0];
    if (!first) return undefined;
    const [media, value] = first;
    const example = at(value, "example");
    const schema = follow(at(value, "schema"));
    return {
      media,
      example: example === undefined ? undefined : typeof example === "string" ? example : print(example),
      schema: schema === undefined ? undefined : print(schema),
    };
  };
  const parameterOf = (given: unknown): Parameter => {
    const parameter = follow(given);
    return {
      name: text(at(parameter, "name")),
      place: text(at(parameter, "in")),
      required: at(parameter, "required") === true,
      description: text(at(parameter, "description")),
    };
  };
  const answerOf = ([status, given]: readonly [string, unknown]): Answer => {
    const response = follow(given);
    return { status, description: text(at(response, "description")), body: bodyOf(at(response, "content")) };
  };
  const order = list(at(document, "tags")).map((tag) => text(at(tag, "name")));
  const place = (tag: string) => (order.includes(tag) ? order.indexOf(tag) : order.length);
  return entries(at(document, "paths"))
    .flatMap(([path, item]) =>
      methods.flatMap((method): Operation[] => {
        const operation = at(item, method);
        if (!isObject(operation)) return [];
        const security = operation.security;
        return [
          {
            id: text(operation.operationId),
            method: method.toUpperCase(),
            path,
            tag: text(list(operation.tags)[0]),
            summary: text(operation.summary),
            description: text(operation.description),
            parameters: list(operation.parameters).map(parameterOf),
            body: bodyOf(at(follow(operation.requestBody), "content")),
            answers: entries(operation.responses).map(answerOf),
            open: Array.isArray(security) && security.length === 0,
          },
        ];
      }),
    )
    .sort((a, b) => place(a.tag) - place(b.tag));
}

const print = (value: unknown): string => JSON.stringify(value, null, 2);
