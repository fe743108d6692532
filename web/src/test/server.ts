import { vi } from "vitest";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: unknown;
}

// What an operation answers: JSON with 200, or a response of its own.
type Answer = (asked: Asked) => unknown;

// serve stands in for the server of a test of pages. It answers what the test says,
// keeps what was asked, and refuses everything else.
export function serve(operations: Readonly<Record<string, Answer>>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    const text = await request.text();
    const one: Asked = {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
    };
    asked.push(one);
    const operation = operations[`${one.method} ${one.path}`];
    if (!operation) return refusal(404, "request.not_found", `nothing answers ${one.method} ${one.path}`);
    const answer = await operation(one);
    return answer instanceof Response ? answer : json(answer);
  });
  return asked;
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json", ...headers } });
}

export const refusal = (status: number, code: string, message: string, data?: unknown): Response =>
  json({ code, message, ...(data === undefined ? {} : { data }) }, status);
