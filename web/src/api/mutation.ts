import { type DefaultError, type UseMutationOptions, useMutation as useAny } from "@tanstack/react-query";
import { useEffect } from "react";
import { isSignedOut } from "@/lib/apiError";
import { signedInCount } from "./client";

// useMutation is the one of TanStack Query, except that it forgets the refusal of who
// was not signed in once they are again.
export function useMutation<Data, Variables = void>(options: UseMutationOptions<Data, DefaultError, Variables>) {
  const mutation = useAny(options);
  useForgetSignedOut(mutation.error, mutation.reset);
  return mutation;
}

// useForgetSignedOut takes back "You are not signed in" when that is not true any more.
export function useForgetSignedOut(error: unknown, forget: () => void): void {
  const signedOut = isSignedOut(error);
  useEffect(() => (signedOut ? signedInCount.subscribe(forget) : undefined), [signedOut, forget]);
}
