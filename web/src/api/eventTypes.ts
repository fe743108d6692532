import { queryOptions } from "@tanstack/react-query";
import { client, dataOf, type Schemas } from "./client";

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
