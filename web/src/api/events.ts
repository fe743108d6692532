import { keepPreviousData, queryOptions, useQueryClient } from "@tanstack/react-query";
import { eventRate } from "@/lib/eventRate";
import { bytesOf, client, dataOf, type Schemas } from "./client";
import { useMutation } from "./mutation";
import { defined } from "./webhooks";

export type EventRow = Schemas["EventRow"];
export type EventDetail = Schemas["Event"];
export type Problem = Schemas["ValidateRow"];

export interface EventFilter {
  readonly q?: string | undefined;
  readonly eventType?: readonly string[] | undefined;
  readonly matched?: "true" | "false" | undefined;
  readonly from?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export const eventsQuery = (filter: EventFilter) =>
  queryOptions({
    queryKey: ["events", "list", filter],
    queryFn: ({ signal }) => {
      const { eventType, ...rest } = defined(filter);
      const query = { ...rest, ...(eventType?.length ? { eventType: [...eventType] } : {}) };
      return dataOf(client.GET("/api/events", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });

const day = 86_400_000;

// How often events of the types happen; of all, if none is named. Live messages do not
// ask for it again.
export const eventRateQuery = (types: readonly string[]) =>
  queryOptions({
    queryKey: ["event-rate", types],
    queryFn: async ({ signal }) => {
      const now = Date.now();
      const query = {
        from: new Date(now - day).toISOString(),
        limit: 100,
        ...(types.length ? { eventType: [...types] } : {}),
      };
      const { items, next } = await dataOf(client.GET("/api/events", { params: { query }, signal }));
      return eventRate(
        items.map((event) => event.acceptedAt),
        next !== undefined,
        now,
      );
    },
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });

export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ["events", "one", id],
    queryFn: ({ signal }) => dataOf(client.GET("/api/events/{id}", { params: { path: { id } }, signal })),
  });

// The payload as text, to the byte.
export const eventPayloadQuery = (id: string) =>
  queryOptions({
    queryKey: ["events", "payload", id],
    queryFn: async ({ signal }) =>
      new TextDecoder().decode(await bytesOf(`/api/events/${encodeURIComponent(id)}/payload`, signal)),
    staleTime: Number.POSITIVE_INFINITY,
  });

// What is posted is the text as it was written: parsing it would change digits.
const asText = { bodySerializer: (body: unknown) => String(body) };
const textBody = (text: string): Schemas["EventBody"] => text as unknown as Schemas["EventBody"];

export interface Emission {
  readonly text: string;
  readonly idempotencyKey?: string | undefined;
}

export function useEmit() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ text, idempotencyKey }: Emission) =>
      dataOf(
        client.POST("/api/events", {
          body: textBody(text),
          ...(idempotencyKey ? { params: { header: { "Idempotency-Key": idempotencyKey } } } : {}),
          ...asText,
        }),
      ),
    onSuccess: () =>
      Promise.all(
        ["events", "deliveries", "overview", "webhooks"].map((key) => queries.invalidateQueries({ queryKey: [key] })),
      ),
  });
}

// checkPayload asks the server whether the payload fits the schema of its type.
export const checkPayload = (name: string, text: string, signal?: AbortSignal) =>
  dataOf(
    client.POST("/api/event-types/{name}/validate", {
      params: { path: { name } },
      body: textBody(text),
      ...asText,
      ...(signal ? { signal } : {}),
    }),
  );
