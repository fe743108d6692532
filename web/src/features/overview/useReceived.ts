import { useQuery, useQueryClient } from "@tanstack/react-query";
import { inboxesQuery, type Message, messagesQuery } from "@/api/receiver";
import { useSession } from "@/api/session";
import { useLiveMessages } from "@/api/useLive";

export interface Received {
  readonly inbox: string;
  readonly messages: readonly Message[];
}

// useReceived is what the built-in Receiver got last, where there is one.
export function useReceived(): Received | undefined {
  const { receiver } = useSession();
  const queries = useQueryClient();
  const inboxes = useQuery({ ...inboxesQuery, enabled: receiver });
  const inbox = inboxes.data?.toSorted((a, b) => ((a.lastMessageAt ?? "") < (b.lastMessageAt ?? "") ? 1 : -1))[0]?.id;
  const messages = useQuery({ ...messagesQuery(inbox ?? ""), enabled: receiver && inbox !== undefined });
  useLiveMessages((message) => {
    // The proof of a delivery is shown beside it, not two seconds later.
    if (message.type === "receiver.message" && !queries.isFetching({ queryKey: ["receiver"] })) {
      void queries.invalidateQueries({ queryKey: ["receiver"] });
    }
  });
  if (!receiver || !inbox) return undefined;
  return { inbox, messages: messages.data ?? [] };
}
