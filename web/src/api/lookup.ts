import { queryOptions } from "@tanstack/react-query";
import { isNotFound } from "@/lib/apiError";
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
