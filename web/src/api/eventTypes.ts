import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { client, dataOf, type Schemas } from "./client";
import { useMutation } from "./mutation";

export type EventTypeRow = Schemas["EventTypeRow"];
export type EventType = Schemas["EventType"];

export const eventTypesQuery = queryOptions({
  queryKey: ["eventTypes", "list"],
  queryFn: async ({ signal }) => (await dataOf(client.GET("/api/event-types", { signal }))).items,
  staleTime: 60_000,
});

export const eventTypeQuery = (name: string) =>
  queryOptions({
    queryKey: ["eventTypes", "one", name],
    queryFn: ({ signal }) => dataOf(client.GET("/api/event-types/{name}", { params: { path: { name } }, signal })),
    staleTime: 60_000,
  });

// A sample tells the present time in createdAt: one that is sent is asked for anew.
export const sampleQuery = (name: string) => ({ ...eventTypeQuery(name), staleTime: 0 });

export function useCreateEventType() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["EventTypeCreateBody"]) => dataOf(client.POST("/api/event-types", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["eventTypes"] }),
  });
}

export function useChangeEventType() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, body }: { name: string; body: Schemas["EventTypeUpdateBody"] }) =>
      dataOf(client.PATCH("/api/event-types/{name}", { params: { path: { name } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["eventTypes"] }),
  });
}

export function useDeleteEventType() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => dataOf(client.DELETE("/api/event-types/{name}", { params: { path: { name } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["eventTypes"] }),
  });
}
