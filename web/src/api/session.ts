import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { callJson } from "./client";

export interface Session {
  readonly state: "setup" | "signedOut" | "signedIn";
  readonly user?: { readonly name: string; readonly email: string };
  readonly tenant?: string;
  readonly scopes?: readonly string[];
  readonly expiresAt?: string;
  readonly dev: boolean;
  readonly receiver: boolean;
  readonly version: string;
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  // The document names the members; see GET /api/session.
  queryFn: async ({ signal }) => (await callJson("GET", "/api/session", undefined, signal)) as Session,
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
});

// useSession is for pages, which are only shown to who is signed in.
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  return data ?? { state: "signedOut", dev: false, receiver: false, version: "" };
}

// After signing in or out everything is asked again: it may be another person.
function useSessionChange<V = void>(call: (input: V) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: call, onSuccess: () => queries.invalidateQueries() });
}

export const useSignIn = () =>
  useSessionChange((body: { email: string; password: string }) => callJson("POST", "/api/session", body));

export const useLink = () => useSessionChange((token: string) => callJson("POST", "/api/session/link", { token }));

export interface SetupForm {
  readonly token: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export const useSetup = () => useSessionChange((body: SetupForm) => callJson("POST", "/api/setup", body));

export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => callJson("DELETE", "/api/session"),
    onSuccess: async () => {
      await queries.refetchQueries({ queryKey: ["session"] });
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    },
  });
}
