import { useQueryClient } from "@tanstack/react-query";
import { getPayload, getSignature } from "@/api/deliveries";
import { webhookQuery } from "@/api/webhooks";
import { curlCommand, toLocal } from "./curl";

// useCurl makes the command for a request, with a signature of now. It is asked for
// when a person wants it, and not kept.
export function useCurl() {
  const queries = useQueryClient();
  return async (id: string, webhookId: string, local = false): Promise<string> => {
    const [signed, body, { webhook }] = await Promise.all([
      getSignature(id),
      getPayload(id),
      queries.fetchQuery(webhookQuery(webhookId)),
    ]);
    return curlCommand({
      url: local ? toLocal(signed.url) : signed.url,
      headers: Object.entries(signed.headers),
      locked: new Set(webhook.headers.filter((header) => header.locked).map((header) => header.name)),
      body,
    });
  };
}
