import { useQueryClient } from "@tanstack/react-query";
import { useMutation } from "@/api/mutation";
import { inboxesQuery, useCreateInbox, useSetBehaviour } from "@/api/receiver";
import { sampleFor, useSendSample, usualSample } from "@/api/sample";
import { useCreateWebhook, type WebhookRow, webhooksQuery } from "@/api/webhooks";
import { overview as texts } from "@/texts/overview";

// How often the Receiver fails when somebody wants to see retries.
const failures = 2;

// useSample makes the system deliver one event. On a server without webhooks it first
// makes one that points to the Receiver.
export function useSample() {
  const queries = useQueryClient();
  const createInbox = useCreateInbox();
  const createWebhook = useCreateWebhook();
  const setBehaviour = useSetBehaviour();
  const send = useSendSample();

  async function receiver() {
    const inboxes = await queries.fetchQuery({ ...inboxesQuery, staleTime: 0 });
    return inboxes[0] ?? (await createInbox.mutateAsync(undefined));
  }

  // The webhook that is sent to: one of the Receiver's before any other.
  async function target(): Promise<WebhookRow | undefined> {
    const query = { ...webhooksQuery({ limit: 100 }), staleTime: 0 };
    const enabled = (await queries.fetchQuery(query)).items.filter((one) => one.enabled);
    if (enabled.length > 0) {
      const inboxes = await queries.fetchQuery({ ...inboxesQuery, staleTime: 0 });
      const ours = enabled.find((one) => inboxes.some(({ url }) => one.url.startsWith(url)));
      return ours ?? enabled[0];
    }
    const { url } = await receiver();
    await createWebhook.mutateAsync({ name: texts.receiverWebhook, eventTypes: ["*"], url, headers: [] });
    return undefined;
  }

  async function sample() {
    const webhook = await target();
    return send.mutateAsync(webhook ? sampleFor(webhook.eventTypes, []) : usualSample);
  }

  return {
    sample: useMutation({ mutationFn: sample }),
    // breakIt lets the Receiver fail a few times and sends another sample.
    breakIt: useMutation({
      mutationFn: async () => {
        const { id, behaviour } = await receiver();
        await setBehaviour.mutateAsync({ id, body: { ...behaviour, failNext: failures } });
        return sample();
      },
    }),
  };
}
