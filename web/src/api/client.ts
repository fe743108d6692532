import createClient, { type FetchResponse } from "openapi-fetch";
import { ApiError } from "@/lib/apiError";
import { config } from "@/lib/config";
import { createStore } from "@/lib/store";
import type { components, paths } from "./schema.gen";

export type Schemas = components["schemas"];

// How many answers said that the session is over. A page that was open stays, with
// what was typed, under a dialog to sign in again.
export const signedOutCount = createStore(0);

// How often somebody has signed in on this page.
export const signedInCount = createStore(0);

// This is the only file that talks to the server.
async function send(request: Request): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, undefined);
  }
  if (response.status === 401 && !isSignIn(request)) signedOutCount.set(signedOutCount.get() + 1);
  return response;
}

const isSignIn = (request: Request): boolean =>
  /\/api\/(?:session|session\/link|setup|setup\/check)$/.test(new URL(request.url).pathname);

// The client knows every operation of the OpenAPI document by its path and types.
export const client = createClient<paths>({
  baseUrl: location.origin + config.base,
  fetch: send,
  credentials: "same-origin",
});

interface Answer<T> {
  readonly data: T;
  readonly response: Response;
}

// answer turns a refusal into an ApiError, so that queries and mutations fail with it.
export async function answer<T extends Record<string | number, unknown>, O, M extends `${string}/${string}`>(
  call: Promise<FetchResponse<T, O, M>>,
): Promise<Answer<Exclude<FetchResponse<T, O, M>["data"], undefined>>> {
  const { data, error, response } = await call;
  if (!response.ok) throw new ApiError(response.status, error, retryAfterOf(response));
  // A success without a body has no data; its type is undefined or never.
  return { data: data as Exclude<typeof data, undefined>, response };
}

export const dataOf = async <T extends Record<string | number, unknown>, O, M extends `${string}/${string}`>(
  call: Promise<FetchResponse<T, O, M>>,
) => (await answer(call)).data;

function retryAfterOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}

// bytesOf loads a sub-resource that is bytes, not JSON: payloads and bodies.
export async function bytesOf(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  const response = await send(new Request(location.origin + config.base + path, { signal: signal ?? null }));
  if (!response.ok) throw new ApiError(response.status, await jsonOf(response), retryAfterOf(response));
  return new Uint8Array(await response.arrayBuffer());
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

// openStream opens the stream of live messages and hands its text on as it arrives.
export async function openStream(after: string, signal: AbortSignal, onText: (text: string) => void): Promise<void> {
  const query = after ? `?after=${encodeURIComponent(after)}` : "";
  const request = new Request(`${location.origin}${config.base}/api/stream${query}`, {
    signal,
    headers: { Accept: "text/event-stream" },
    cache: "no-store",
  });
  const response = await send(request);
  if (!response.ok || !response.body)
    throw new ApiError(response.status, await jsonOf(response), retryAfterOf(response));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onText(value);
  }
}

// urlOf is for links and commands shown to people: the address of something here.
export const urlOf = (path: string): string => location.origin + config.base + path;
