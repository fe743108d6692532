import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { bytesOf, client, dataOf, type Schemas } from "./client";
import { useMutation } from "./mutation";

export type Inbox = Schemas["Inbox"];
export type Message = Schemas["Message"];
export type Behaviour = Schemas["Behaviour"];

export const inboxesQuery = queryOptions({
  queryKey: ["receiver", "inboxes"],
  queryFn: async ({ signal }) => (await dataOf(client.GET("/api/receiver/inboxes", { signal }))).items,
});

export const inboxQuery = (id: string) =>
  queryOptions({
    queryKey: ["receiver", "inbox", id],
    queryFn: ({ signal }) => dataOf(client.GET("/api/receiver/inboxes/{id}", { params: { path: { id } }, signal })),
  });

export const messagesQuery = (id: string) =>
  queryOptions({
    queryKey: ["receiver", "messages", id],
    queryFn: async ({ signal }) => {
      const params = { path: { id }, query: { limit: 100 } };
      return (await dataOf(client.GET("/api/receiver/inboxes/{id}/messages", { params, signal }))).items;
    },
  });

export const messageQuery = (id: string, number: number) =>
  queryOptions({
    queryKey: ["receiver", "message", id, number],
    queryFn: ({ signal }) =>
      dataOf(client.GET("/api/receiver/inboxes/{id}/messages/{number}", { params: { path: { id, number } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const messageBodyQuery = (id: string, number: number) =>
  queryOptions({
    queryKey: ["receiver", "body", id, number],
    queryFn: async ({ signal }) =>
      new TextDecoder().decode(
        await bytesOf(`/api/receiver/inboxes/${encodeURIComponent(id)}/messages/${number}/body`, signal),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

function useReceiverChange<V, R>(call: (input: V) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["receiver"] }),
  });
}

export const useCreateInbox = () => useReceiverChange(() => dataOf(client.POST("/api/receiver/inboxes")));

export const useDeleteInbox = () =>
  useReceiverChange((id: string) => dataOf(client.DELETE("/api/receiver/inboxes/{id}", { params: { path: { id } } })));

export const useClearMessages = () =>
  useReceiverChange((id: string) =>
    dataOf(client.DELETE("/api/receiver/inboxes/{id}/messages", { params: { path: { id } } })),
  );

export const useSetBehaviour = () =>
  useReceiverChange(({ id, body }: { id: string; body: Schemas["BehaviourBody"] }) =>
    dataOf(client.PUT("/api/receiver/inboxes/{id}/behaviour", { params: { path: { id } }, body })),
  );
