import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { isNotFound } from "@/lib/apiError";
import { pathOf } from "@/lib/find";
import { client, dataOf, type Schemas } from "./client";

export type Found = Schemas["Lookup"];

// lookupQuery finds what an identifier names; nothing is no error.
export const lookupQuery = (id: string) =>
  queryOptions({
    queryKey: ["lookup", id],
    queryFn: async ({ signal }): Promise<Found | null> => {
      try {
        return await dataOf(client.GET("/api/lookup", { params: { query: { id } }, signal }));
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
  });

// useFindPath finds where the page of an identifier is; undefined if it names nothing.
export function useFindPath() {
  const queries = useQueryClient();
  return async (id: string): Promise<string | undefined> => {
    const found = await queries.fetchQuery(lookupQuery(id));
    return found ? pathOf(found) : undefined;
  };
}
