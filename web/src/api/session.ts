import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { forgetTab } from "@/lib/store";
import { client, dataOf, type Schemas, signedInCount } from "./client";
import { useMutation } from "./mutation";

export type Session = Schemas["Session"];

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => dataOf(client.GET("/api/session", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
});

// useSession is for pages, which are only shown to who is signed in.
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  return data ?? { state: "signedOut", dev: false, receiver: false, version: "" };
}

// useRetention is how long requests and events are kept here, in milliseconds.
export const useRetention = (): number => (useSession().retentionSeconds ?? 86_400) * 1000;

// After signing in everything is asked again: it may be another person.
function useSessionChange<V = void>(call: (input: V) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSuccess: () => {
      signedInCount.set(signedInCount.get() + 1);
      return queries.invalidateQueries();
    },
  });
}

export const useSignIn = () =>
  useSessionChange((body: Schemas["SignInBody"]) => dataOf(client.POST("/api/session", { body })));

export const useLink = () =>
  useSessionChange((token: string) => dataOf(client.POST("/api/session/link", { body: { token } })));

export const useSetup = () =>
  useSessionChange((body: Schemas["SetUpBody"]) => dataOf(client.POST("/api/setup", { body })));

// Whether a setup link is good. Nothing is kept of the token.
export const useSetupCheck = () =>
  useMutation({
    mutationFn: (token: string) => dataOf(client.POST("/api/setup/check", { body: { token } })),
    gcTime: 0,
  });

export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => dataOf(client.DELETE("/api/session")),
    onSuccess: async () => {
      await queries.refetchQueries({ queryKey: ["session"] });
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
      forgetTab();
    },
  });
}
