import { keepPreviousData, queryOptions, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "@/lib/apiError";
import { answer, client, dataOf, type Schemas } from "./client";
import { useMutation } from "./mutation";

export type Webhook = Schemas["Webhook"];
export type WebhookRow = Schemas["WebhookRow"];
export type WebhookHeader = Schemas["WebhookHeader"];
export type HeaderBody = Schemas["HeaderBody"];
export type WebhookTest = Schemas["WebhookTest"];
export type UrlCheck = Schemas["URLCheck"];
export type WebhookChange = Schemas["WebhookUpdateBody"];
export type NewWebhook = Schemas["WebhookCreateBody"];

export type HealthFilter = "failing" | "degraded" | "healthy" | "idle" | "disabled";
export type WebhookSort =
  | "health"
  | "-createdAt"
  | "createdAt"
  | "name"
  | "-name"
  | "requests"
  | "-requests"
  | "successRate"
  | "-successRate";

export interface WebhookFilter {
  readonly q?: string | undefined;
  readonly health?: HealthFilter | undefined;
  readonly sort?: WebhookSort | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

// Everything about webhooks has a key that begins with "webhooks": a message that one
// changed makes all of it stale.
export const webhooksQuery = (filter: WebhookFilter) =>
  queryOptions({
    queryKey: ["webhooks", "list", filter],
    queryFn: ({ signal }) => dataOf(client.GET("/api/webhooks", { params: { query: defined(filter) }, signal })),
    placeholderData: keepPreviousData,
  });

export const webhookCountQuery = queryOptions({
  queryKey: ["webhooks", "count"],
  queryFn: async ({ signal }) => {
    const page = await dataOf(client.GET("/api/webhooks", { params: { query: { limit: 1 } }, signal }));
    return page.counts.all;
  },
  staleTime: 30_000,
});

// A webhook and the tag by which the server knows what was seen.
export interface Tagged {
  readonly webhook: Webhook;
  readonly etag: string;
}

export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: ["webhooks", "one", id],
    queryFn: async ({ signal }): Promise<Tagged> => {
      const { data, response } = await answer(client.GET("/api/webhooks/{id}", { params: { path: { id } }, signal }));
      return { webhook: data, etag: response.headers.get("ETag") ?? "" };
    },
  });

export function useCreateWebhook() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewWebhook) => dataOf(client.POST("/api/webhooks", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["webhooks"] }),
  });
}

export interface Change {
  readonly id: string;
  readonly etag: string;
  readonly body: WebhookChange;
}

export async function changeWebhook({ id, etag, body }: Change): Promise<Tagged> {
  const call = client.PATCH("/api/webhooks/{id}", { params: { path: { id }, header: { "If-Match": etag } }, body });
  const { data, response } = await answer(call);
  return { webhook: data, etag: response.headers.get("ETag") ?? "" };
}

export function useChangeWebhook() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: changeWebhook,
    onSuccess: (tagged) => {
      queries.setQueryData(webhookQuery(tagged.webhook.id).queryKey, tagged);
      return queries.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
}

// setEnabled does not depend on anything else of the webhook, so that another change
// in between is no conflict.
export function useSetEnabled() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, enabled }: { id: string; enabled: boolean }) => {
      for (let tries = 0; ; tries++) {
        const { etag } = await queries.fetchQuery({ ...webhookQuery(id), staleTime: 0 });
        try {
          return await changeWebhook({ id, etag, body: { enabled } });
        } catch (error) {
          if (!isConflict(error) || tries >= 2) throw error;
        }
      }
    },
    onSuccess: (tagged) => {
      queries.setQueryData(webhookQuery(tagged.webhook.id).queryKey, tagged);
      return queries.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
}

export function useDeleteWebhook() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => dataOf(client.DELETE("/api/webhooks/{id}", { params: { path: { id } } })),
    // Its page may still be there: asking for the webhook itself would find nothing.
    onSuccess: (_, id) =>
      queries.invalidateQueries({
        predicate: ({ queryKey: [noun, kind, key] }) => noun === "webhooks" && !(kind === "one" && key === id),
      }),
  });
}

export const isConflict = (error: unknown): error is ApiError => error instanceof ApiError && error.status === 412;

// The signing key is asked for when a person wants it and is never kept.
export const getSigningKey = (id: string) =>
  dataOf(client.GET("/api/webhooks/{id}/signing-key", { params: { path: { id } } }));

// A new key makes a new version of the webhook: what is saved next is based on that.
export function useRotateSigningKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => dataOf(client.POST("/api/webhooks/{id}/signing-key", { params: { path: { id } } })),
    onSuccess: (_, id) => queries.invalidateQueries({ queryKey: webhookQuery(id).queryKey }),
  });
}

export const sendTest = (id: string, body: Schemas["WebhookTestBody"], signal?: AbortSignal) =>
  dataOf(client.POST("/api/webhooks/{id}/test", { params: { path: { id } }, body, ...(signal ? { signal } : {}) }));

export const checkUrl = (url: string, signal?: AbortSignal) =>
  dataOf(client.POST("/api/url-check", { body: { url }, ...(signal ? { signal } : {}) }));

// defined leaves out what is undefined or empty, as query parameters want it.
export function defined<T extends object>(filter: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(filter).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

// What fails or is suspended, with its figures and the most frequent reason.
export const attentionQuery = queryOptions({
  queryKey: ["overview", "attention"],
  queryFn: async ({ signal }) => (await dataOf(client.GET("/api/overview", { signal }))).attention,
});

// useReceiverAddress gives an address of the built-in receiver; the first one is made.
export function useReceiverAddress() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const { items } = await dataOf(client.GET("/api/receiver/inboxes"));
      return (items[0] ?? (await dataOf(client.POST("/api/receiver/inboxes")))).url;
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["receiver"] }),
  });
}
