import { Skeleton } from "@mantine/core";
import { useEffect } from "react";
import { useParams } from "react-router";
import type { Delivery } from "@/api/deliveries";
import { useFindPath } from "@/api/lookup";
import { useRetention } from "@/api/session";
import { isNotFound } from "@/lib/apiError";
import { duration, span } from "@/lib/format";
import { common, notFound } from "@/texts/common";
import { request as texts } from "@/texts/request";
import { requests as listTexts } from "@/texts/requests";
import { ErrorCard } from "@/ui/ErrorCard";
import { FindById } from "@/ui/FindById";
import { IdText } from "@/ui/IdText";
import { NotFound } from "@/ui/NotFound";
import { type Crumb, PageHead, useDocumentTitle } from "@/ui/PageHead";
import { attemptText, StatusBadge, stateText } from "@/ui/StatusBadge";
import { Instant } from "@/ui/Time";
import { PanelHead } from "./PanelHead";
import { useHasPanel } from "./PanelLayout";
import { RequestView } from "./RequestView";
import styles from "./request.module.css";
import { useDelivery } from "./useDelivery";

// The page of one request: its address is the same beside the list and alone.
export function Component() {
  const { requestId = "" } = useParams();
  return <RequestPage key={requestId} id={requestId} />;
}

function RequestPage({ id }: { id: string }) {
  const { query, waits, expect } = useDelivery(id);
  const kept = span(useRetention());
  const panel = useHasPanel();
  const webhookId = useParams().id;
  const delivery = query.data;
  if (!delivery && isNotFound(query.error)) {
    return <NotFound title={notFound.object(texts.what, id)} body={texts.notFoundBody(kept)} search={<Find />} />;
  }
  if (!delivery) return <Loading error={query.error} onRetry={() => void query.refetch()} panel={panel} />;
  const Head = panel ? BesideList : FullHead;
  return (
    <div className={panel ? styles.panel : undefined}>
      <RequestView
        delivery={delivery}
        panel={panel}
        waits={waits}
        onSent={() => expect(delivery)}
        head={(actions) => <Head delivery={delivery} webhookId={webhookId} actions={actions} />}
      />
    </div>
  );
}

const Find = () => <FindById find={useFindPath()} />;

function Loading({ error, onRetry, panel }: { error: unknown; onRetry: () => void; panel: boolean }) {
  const head = panel ? <h2>{texts.what}</h2> : <PageHead title={texts.what} />;
  if (error) {
    return (
      <>
        {head}
        <ErrorCard error={error} onRetry={onRetry} />
      </>
    );
  }
  return (
    <div aria-busy="true">
      {head}
      <div className={styles.grid} data-panel={panel || undefined}>
        <div className={styles.column}>
          <Skeleton height={260} radius={10} />
          <Skeleton height={140} radius={10} />
        </div>
        <Skeleton height={220} radius={10} />
      </div>
    </div>
  );
}

interface HeadProps {
  readonly delivery: Delivery;
  readonly webhookId: string | undefined;
  readonly actions: React.ReactNode;
}

// What the browser's tab says: the event, and how it went.
const tabTitle = ({ eventType, state, attempts }: Delivery): string => {
  const last = attempts.at(-1);
  return texts.tabTitle(
    eventType,
    last && (state === "failed" || state === "succeeded") ? attemptText(last) : stateText(state),
  );
};

function FullHead({ delivery, webhookId, actions }: HeadProps) {
  return (
    <PageHead
      title={delivery.eventType}
      tabTitle={tabTitle(delivery)}
      heading={<span className={styles.heading}>{delivery.eventType}</span>}
      badge={<Badges delivery={delivery} />}
      sub={<Sub delivery={delivery} />}
      crumbs={crumbsOf(delivery, webhookId)}
      actions={actions}
    />
  );
}

function crumbsOf({ webhook, eventType }: Delivery, webhookId: string | undefined): Crumb[] {
  if (webhookId === undefined) return [{ text: listTexts.title, to: "/requests" }, { text: eventType }];
  return [
    { text: texts.webhooks, to: "/webhooks" },
    { text: webhook.name, to: `/webhooks/${webhookId}/settings` },
    { text: texts.recent, to: `/webhooks/${webhookId}/recent-requests` },
  ];
}

function Badges({ delivery }: { delivery: Delivery }) {
  const { attempts, state } = delivery;
  return (
    <>
      <StatusBadge state={state} last={attempts.at(-1)} />
      {attempts.length > 0 && <span className="t3">{texts.after(attempts.length)}</span>}
    </>
  );
}

function Sub({ delivery }: { delivery: Delivery }) {
  const last = delivery.attempts.at(-1);
  const took = last ? Date.parse(last.startedAt) + last.durationMs - Date.parse(delivery.acceptedAt) : undefined;
  return (
    <>
      <IdText id={delivery.id} what={texts.id} /> · <Instant at={delivery.acceptedAt} />
      {took !== undefined && ` · ${texts.took(duration(Math.max(0, took)))}`}
    </>
  );
}

function BesideList({ delivery, actions }: HeadProps) {
  useDocumentTitle(tabTitle(delivery));
  useTitleBack();
  return (
    <PanelHead
      id={delivery.id}
      heading={<span className={styles.heading}>{delivery.eventType}</span>}
      badges={<Badges delivery={delivery} />}
      sub={<Sub delivery={delivery} />}
      actions={actions}
    />
  );
}

// useTitleBack gives the list its title back when the request is closed.
function useTitleBack(): void {
  useEffect(
    () => () => {
      document.title = common.pageTitle(listTexts.title);
    },
    [],
  );
}
