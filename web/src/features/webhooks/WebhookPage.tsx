import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { Outlet, useLocation, useNavigate, useParams } from "react-router";
import { useFindPath } from "@/api/lookup";
import { useSetEnabled, type Webhook, webhookQuery } from "@/api/webhooks";
import { isNotFound } from "@/lib/apiError";
import { built } from "@/lib/built";
import { menu as menuTexts, page as texts, webhooks } from "@/texts/webhooks";
import { ErrorCard, FormError } from "@/ui/ErrorCard";
import { FindById } from "@/ui/FindById";
import { IdText } from "@/ui/IdText";
import { NavTabs } from "@/ui/NavTabs";
import { Note } from "@/ui/Note";
import { NotFound } from "@/ui/NotFound";
import { PageHead } from "@/ui/PageHead";
import { RateBadge } from "@/ui/RateBadge";
import { toast } from "@/ui/toast";
import { PageSkeleton } from "./PageSkeleton";
import { useEditKey } from "./useEditEvents";
import { WebhookMenu } from "./WebhookMenu";

const Find = () => <FindById find={useFindPath()} />;

// The page of a webhook: its head, and its tabs below.
export function Component() {
  const { id = "" } = useParams();
  const query = useQuery(webhookQuery(id));
  useEditKey(() => (query.data ? id : undefined));
  if (isNotFound(query.error)) return <NotFound title={webhooks.missing(id)} search={<Find />} />;
  if (!query.data) {
    return query.error ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : <PageSkeleton />;
  }
  const { webhook } = query.data;
  return (
    <>
      <Head webhook={webhook} />
      <NavTabs
        label={texts.tabs}
        tabs={[
          { to: `/webhooks/${id}/settings`, text: texts.settings },
          ...(built.requests ? [{ to: `/webhooks/${id}/recent-requests`, text: texts.recent }] : []),
        ]}
      />
      {query.error && <ErrorCard error={query.error} onRetry={() => void query.refetch()} />}
      <DisabledNote webhook={webhook} />
      <Outlet key={id} />
    </>
  );
}

function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <>
      <PageHead title={webhooks.title} />
      <ErrorCard error={error} onRetry={onRetry} />
    </>
  );
}

function Head({ webhook }: { webhook: Webhook }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const onLog = pathname.endsWith("/recent-requests");
  const { health } = webhook;
  return (
    <PageHead
      title={webhook.name}
      tabTitle={onLog ? texts.recentTitle(webhook.name) : webhook.name}
      crumbs={[{ text: webhooks.title, to: "/webhooks" }, { text: webhook.name }]}
      badge={
        <RateBadge
          successes={health.successCount}
          total={health.requestCount}
          enabled={webhook.enabled}
          suspended={!!webhook.suspendedAt}
        />
      }
      sub={
        <>
          <span className="mono">{webhook.url}</span> · {texts.requestsIn24h(health.requestCount)} · {texts.id}{" "}
          <IdText id={webhook.id} what={menuTexts.id} />
        </>
      }
      actions={
        <>
          <Button
            leftSection={<Send className="icon" />}
            onClick={() =>
              void navigate(`/webhooks/${webhook.id}/settings`, { state: { sendTest: true }, preventScrollReset: true })
            }
          >
            {menuTexts.test}
          </Button>
          <WebhookMenu webhook={webhook} onPage />
        </>
      }
    />
  );
}

function DisabledNote({ webhook }: { webhook: Webhook }) {
  const setEnabled = useSetEnabled();
  if (webhook.enabled && !webhook.suspendedAt) return null;
  return (
    <>
      <Note
        tone="mute"
        action={
          <Button
            loading={setEnabled.isPending}
            onClick={() =>
              setEnabled.mutate({ id: webhook.id, enabled: true }, { onSuccess: () => toast(menuTexts.enabled) })
            }
          >
            {menuTexts.enable}
          </Button>
        }
      >
        <p>
          {webhook.suspendedAt ? texts.suspendedNote : texts.disabledNote}{" "}
          {webhook.heldCount > 0 && texts.heldNote(webhook.heldCount)}
        </p>
      </Note>
      <FormError error={setEnabled.error} />
    </>
  );
}
