import { useQueryClient } from "@tanstack/react-query";
import { useEmit } from "./events";
import { eventTypeQuery } from "./eventTypes";
import { useMutation } from "./mutation";

export const usualSample = "PostRegister";

// sampleFor is an event type that a selection holds, for an example of it.
export function sampleFor(eventTypes: readonly string[] | undefined, known: readonly string[]): string {
  for (const chosen of eventTypes ?? []) {
    if (chosen === "*") break;
    if (!chosen.endsWith(".*")) return chosen;
    const one = known.find((name) => name.startsWith(chosen.slice(0, -1)));
    if (one) return one;
  }
  return usualSample;
}

// useSendSample hands over an event as an application does, with the example of its
// type as payload.
export function useSendSample() {
  const queries = useQueryClient();
  const emit = useEmit();
  return useMutation({
    mutationFn: async (eventType: string) => {
      const { example } = await queries.fetchQuery(eventTypeQuery(eventType));
      return emit.mutateAsync({ text: example ?? JSON.stringify({ event: eventType }) });
    },
  });
}
