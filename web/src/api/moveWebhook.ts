import { useQueryClient } from "@tanstack/react-query";
import { useMutation } from "./mutation";
import { changeWebhook, webhookQuery } from "./webhooks";

// useMoveWebhook changes the address of a webhook, and nothing else of it.
export function useMoveWebhook() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, url }: { id: string; url: string }) => {
      const { etag } = await queries.fetchQuery({ ...webhookQuery(id), staleTime: 0 });
      return changeWebhook({ id, etag, body: { url } });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["webhooks"] }),
  });
}
