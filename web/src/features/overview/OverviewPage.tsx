import { Button, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Plus, Send } from "lucide-react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { type Overview, type OverviewWindow, overviewQuery } from "@/api/overview";
import { useSession } from "@/api/session";
import { useLive } from "@/api/useLive";
import { overview as texts } from "@/texts/overview";
import { Card } from "@/ui/Card";
import { ErrorCard, FormError } from "@/ui/ErrorCard";
import { FilterChips } from "@/ui/FilterChips";
import { HourChart } from "@/ui/HourChart";
import { LiveChip } from "@/ui/LiveChip";
import { PageHead } from "@/ui/PageHead";
import { toast } from "@/ui/toast";
import { AttentionCard } from "./AttentionCard";
import { ChecklistCard, ShowChecklist } from "./ChecklistCard";
import { LatestCard } from "./LatestCard";
import styles from "./overview.module.css";
import { ReceiverCard } from "./ReceiverCard";
import { Tiles } from "./Tiles";
import { useLatest } from "./useLatest";
import { useReceived } from "./useReceived";
import { useSample } from "./useSample";

const windows: readonly OverviewWindow[] = ["1h", "6h", "24h", "48h"];

// How everything goes, and the first steps.
export function Component() {
  const [params, setParams] = useSearchParams();
  const window = windows.find((one) => one === params.get("window")) ?? "24h";
  const query = useQuery(overviewQuery(window));
  const { receiver } = useSession();
  const live = useLive();
  const { sample, breakIt } = useSample();
  const busy = sample.isPending || breakIt.isPending;
  const said = { onSuccess: () => toast(texts.sampleSent) };
  const send = () => sample.mutate(undefined, said);
  return (
    <>
      <PageHead title={texts.title} actions={<Primary receiver={receiver} onSample={send} busy={busy} />} />
      <FormError error={sample.error ?? breakIt.error} />
      {query.data?.checklist.hidden === false && (
        <div className={styles.gap}>
          <ChecklistCard
            checklist={query.data.checklist}
            onEmit={send}
            onBreak={receiver ? () => breakIt.mutate(undefined, said) : undefined}
            busy={busy}
          />
        </div>
      )}
      <div className={styles.toolbar}>
        <FilterChips<OverviewWindow>
          label={texts.window}
          value={window}
          onChange={(next) => setParams(next === "24h" ? {} : { window: next })}
          chips={windows.map((one) => ({ value: one, text: texts.windows[one] }))}
        />
        <span className={styles.end}>
          <LiveChip {...live} />
        </span>
      </div>
      {Boolean(query.error) && <ErrorCard error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && <Figures data={query.data} window={window} />}
      {!query.data && !query.error && <Loading />}
      <Happening data={query.data} />
      {query.data?.checklist.hidden && <ShowChecklist />}
    </>
  );
}

// The one thing to do first: see an event delivered where there is a Receiver for it,
// or else make a webhook.
function Primary({ receiver, onSample, busy }: { receiver: boolean; onSample: () => void; busy: boolean }) {
  if (!receiver) {
    return (
      <Button component={Link} to="/webhooks/create" variant="filled" leftSection={<Plus className="icon" />}>
        {texts.createWebhook}
      </Button>
    );
  }
  return (
    <Button variant="filled" leftSection={<Send className="icon" />} onClick={onSample} loading={busy}>
      {texts.sample}
    </Button>
  );
}

const hourMs = 3_600_000;

function Figures({ data, window }: { data: Overview; window: OverviewWindow }) {
  const navigate = useNavigate();
  const [first, second] = data.buckets;
  const stepMs = first && second ? Date.parse(second.start) - Date.parse(first.start) : hourMs;
  return (
    <>
      <Tiles data={data} window={window} />
      <div className={styles.columns}>
        <Card>
          <HourChart
            title={texts.chart}
            buckets={data.buckets}
            height={120}
            stepMs={stepMs}
            onRange={(from, to) => void navigate(`/requests?${new URLSearchParams({ from, to })}`)}
          />
        </Card>
        <AttentionCard data={data} />
      </div>
    </>
  );
}

// Happening is what goes on right now: the latest requests, and the proof beside them.
function Happening({ data }: { data: Overview | undefined }) {
  const rows = useLatest(data?.latest);
  const received = useReceived();
  return (
    <div className={received ? styles.columns : styles.gap}>
      <LatestCard rows={rows} received={received?.messages ?? []} />
      {received && <ReceiverCard received={received} />}
    </div>
  );
}

const Loading = () => (
  <div aria-busy="true" className={styles.gap}>
    <Skeleton height={96} radius={10} mb={20} />
    <Skeleton height={200} radius={10} />
  </div>
);
