import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { webhookQuery } from "@/api/webhooks";
import { RequestList } from "./RequestList";
import { useFilter } from "./useFilter";

// The requests of one webhook, within its page.
export function Component() {
  const { id = "" } = useParams();
  const { data } = useQuery(webhookQuery(id));
  const { filter, onFilter } = useFilter();
  const webhook = data?.webhook;
  if (!webhook) return null;
  return (
    <RequestList
      filter={{ ...filter, webhook: id }}
      onFilter={(next, replace) => onFilter({ ...next, webhook: "" }, replace)}
      pathOf={(requestId) => `/webhooks/${id}/recent-requests/${requestId}`}
      webhookId={id}
      webhookName={webhook.name}
      disabled={!webhook.enabled}
      eventTypes={webhook.eventTypes}
    />
  );
}
