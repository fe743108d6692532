import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/lib/apiError";
import type { Live } from "./live";

// newQueryClient keeps what the server said. Queries are not retried where the answer
// will be the same, and nothing is asked by itself while a person has paused.
export function newQueryClient(live: Live): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        networkMode: "always",
        refetchOnWindowFocus: () => !live.paused,
        refetchOnReconnect: () => !live.paused,
        retry: (count, error) => count < 1 && (!(error instanceof ApiError) || error.status >= 502),
        retryDelay: 1_000,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}
