import { keepPreviousData, queryOptions, useQueryClient } from "@tanstack/react-query";
import { client, dataOf, type Schemas } from "./client";
import { useMutation } from "./mutation";

export type Overview = Schemas["Overview"];
export type Checklist = Schemas["Checklist"];
export type Attention = Schemas["Attention"];
export type OverviewWindow = "1h" | "6h" | "24h" | "48h";

export const overviewQuery = (window: OverviewWindow) =>
  queryOptions({
    queryKey: ["overview", window],
    queryFn: ({ signal }) => dataOf(client.GET("/api/overview", { params: { query: { window } }, signal })),
    placeholderData: keepPreviousData,
  });

export function useHideChecklist() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (hidden: boolean) => dataOf(client.PATCH("/api/checklist", { body: { hidden } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["overview"] }),
  });
}
