import { keepPreviousData, queryOptions, useQueryClient } from "@tanstack/react-query";
import { bytesOf, client, dataOf, type Schemas, urlOf } from "./client";
import { useMutation } from "./mutation";

export type DeliveryRow = Schemas["DeliveryRow"];
export type Delivery = Schemas["Delivery"];
export type Attempt = Schemas["Attempt"];
export type AttemptRow = Schemas["AttemptRow"];
export type Summary = Schemas["Summary"];
export type DeliveryState = DeliveryRow["state"];
export type ResultClass = "2xx" | "3xx" | "4xx" | "5xx" | "timeout" | "network" | "blocked";

export interface DeliveryQuery {
  readonly webhook?: string;
  readonly eventType?: string[];
  readonly state?: DeliveryState[];
  readonly result?: ResultClass[];
  readonly q?: string;
  readonly from?: string;
  readonly to?: string;
}

// A question is made anew for each asking: "the past hour" moves on with the time. The
// key says which question it is.
export interface Question {
  readonly key: string;
  readonly make: (now: number) => DeliveryQuery;
}

export const pageSize = 50;

export const deliveriesQuery = (question: Question, cursor?: string) =>
  queryOptions({
    queryKey: ["deliveries", "list", question.key, cursor ?? ""],
    queryFn: ({ signal }) => {
      const query = { ...question.make(Date.now()), limit: pageSize, ...(cursor ? { cursor } : {}) };
      return dataOf(client.GET("/api/deliveries", { params: { query }, signal }));
    },
  });

export const summaryQuery = (question: Question) =>
  queryOptions({
    queryKey: ["deliveries", "summary", question.key],
    queryFn: ({ signal }) =>
      dataOf(client.GET("/api/deliveries/summary", { params: { query: question.make(Date.now()) }, signal })),
    placeholderData: keepPreviousData,
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ["deliveries", "one", id],
    queryFn: ({ signal }) => dataOf(client.GET("/api/deliveries/{id}", { params: { path: { id } }, signal })),
  });

// Bodies never change: they are kept under keys of their own, which no message makes
// stale.
export const payloadQuery = (id: string, limit: number) =>
  queryOptions({
    queryKey: ["bodies", "payload", id, limit],
    queryFn: ({ signal }) => bytesOf(`${payloadPath(id)}?limit=${limit}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const answerBodyQuery = (id: string, attempt: number) =>
  queryOptions({
    queryKey: ["bodies", "answer", id, attempt],
    queryFn: ({ signal }) => bytesOf(answerBodyPath(id, attempt), signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

const payloadPath = (id: string) => `/api/deliveries/${encodeURIComponent(id)}/payload`;
const answerBodyPath = (id: string, attempt: number) =>
  `/api/deliveries/${encodeURIComponent(id)}/attempts/${attempt}/body`;

export const deliveryUrl = (id: string): string => urlOf(`/api/deliveries/${encodeURIComponent(id)}`);
export const payloadUrl = (id: string): string => urlOf(payloadPath(id));
export const answerBodyUrl = (id: string, attempt: number): string => urlOf(answerBodyPath(id, attempt));

export const getPayload = (id: string) => bytesOf(payloadPath(id));

export const getSignature = (id: string) =>
  dataOf(client.POST("/api/deliveries/{id}/signature", { params: { path: { id } } }));

function useDeliveryChange(call: (id: string) => Promise<DeliveryRow>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSettled: () => queries.invalidateQueries({ queryKey: ["deliveries"] }),
  });
}

export const useRedeliver = () =>
  useDeliveryChange((id) => dataOf(client.POST("/api/deliveries/{id}/redeliver", { params: { path: { id } } })));

export const useCancel = () =>
  useDeliveryChange((id) => dataOf(client.POST("/api/deliveries/{id}/cancel", { params: { path: { id } } })));

// rowOf is the row that a message of the stream carries.
export function rowOf(data: unknown): DeliveryRow | undefined {
  const delivery = typeof data === "object" && data !== null && "delivery" in data ? data.delivery : undefined;
  const known = typeof delivery === "object" && delivery !== null && "id" in delivery && "attempts" in delivery;
  // The document says what a delivery of the stream is.
  return known ? (delivery as DeliveryRow) : undefined;
}

const ranks: Record<DeliveryRow["state"], number> = {
  pending: 0,
  held: 1,
  retrying: 1,
  cancelled: 2,
  failed: 2,
  succeeded: 3,
};

// further says whether a row tells of more than another of the same request does.
// Messages and answers overtake each other.
export function further(a: DeliveryRow, b: DeliveryRow): boolean {
  if (a.attempts.length !== b.attempts.length) return a.attempts.length > b.attempts.length;
  return ranks[a.state] > ranks[b.state];
}
