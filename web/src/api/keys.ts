import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { client, dataOf, type Schemas } from "./client";
import { useMutation } from "./mutation";

export type ApiKey = Schemas["ApiKey"];
export type NewApiKey = Schemas["NewApiKey"];
export type Scope = ApiKey["scopes"][number];

export const keysQuery = queryOptions({
  queryKey: ["keys", "list"],
  queryFn: async ({ signal }) => (await dataOf(client.GET("/api/api-keys", { signal }))).items,
});

// The key itself is in the answer, once: the caller shows it and forgets it.
export function useCreateKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["ApiKeyBody"]) => dataOf(client.POST("/api/api-keys", { body })),
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
}

export function useRevokeKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => dataOf(client.DELETE("/api/api-keys/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
}
