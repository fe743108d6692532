import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "react-router";
import { eventTypesQuery } from "@/api/eventTypes";
import { built } from "@/lib/built";
import { clockTime } from "@/lib/time";
import { test as texts } from "@/texts/webhooks";
import { Tag } from "@/ui/Badge";
import { Card } from "@/ui/Card";
import { useZone } from "@/ui/preferences";
import { EarlierRuns } from "./EarlierRuns";
import { bodyOf, changedHeaders } from "./headerRules";
import { usePastRuns } from "./pastRuns";
import { keptPayloads } from "./payloads";
import { expand } from "./selection";
import { TestResults } from "./TestResults";
import type { Settings } from "./useSettings";
import { isDone, isGood, type TestInput, type TestRun, useTestRun } from "./useTestRun";
import styles from "./webhooks.module.css";

const PayloadsModal = lazy(() => import("./PayloadsModal"));

interface Props {
  readonly settings: Settings;
  // Checks the form, shows what is wrong, and says whether it can be sent.
  readonly valid: () => boolean;
}

// TestCard sends samples with the values in the form, saved or not.
export function TestCard({ settings, valid }: Props) {
  const { draft, base } = settings;
  const types = useQuery(eventTypesQuery);
  const { run, start, again } = useTestRun(base.webhook.id);
  const past = usePastRuns(base.webhook.id, run);
  const [payloads, setPayloads] = useState(keptPayloads);
  const [editing, setEditing] = useState(false);
  const card = useRef<HTMLDivElement>(null);
  const events = expand(draft.eventTypes, types.data ?? []);

  const input = (): TestInput => {
    const headersChanged = changedHeaders(draft.headers, base.webhook.headers) > 0;
    const moved = draft.url !== base.webhook.url;
    return {
      events,
      url: draft.url,
      unsaved: settings.changes > 0,
      payloads,
      body: { ...(moved ? { url: draft.url } : {}), ...(headersChanged ? { headers: bodyOf(draft.headers) } : {}) },
    };
  };
  const send = () => valid() && start(input());
  useAskedFor(types.data !== undefined, () => {
    send();
    card.current?.scrollIntoView({ block: "nearest" });
  });

  return (
    <div ref={card}>
      <Card
        title={texts.title}
        sub={texts.sub}
        flush
        actions={
          <>
            <Button onClick={() => setEditing(true)} disabled={events.length === 0}>
              {texts.edit}
            </Button>
            <Button variant="filled" leftSection={<Send className="icon" />} onClick={send} disabled={!types.data}>
              {texts.send}
            </Button>
          </>
        }
      >
        <div className={styles.testHead}>
          {run ? <Summary run={run} id={base.webhook.id} /> : <span className="t2">{texts.none}</span>}
        </div>
        {run && <TestResults rows={run.rows} onAgain={(event) => valid() && again(input(), event)} />}
        <EarlierRuns runs={past.filter((one) => one.at !== run?.at)} />
      </Card>
      {editing && (
        <Suspense>
          <PayloadsModal events={events} payloads={payloads} onChange={setPayloads} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </div>
  );
}

function Summary({ run, id }: { run: TestRun; id: string }) {
  const zone = useZone();
  const done = run.rows.filter(isDone).length;
  const good = run.rows.filter(isGood).length;
  const all = run.rows.length;
  return (
    <div role="status">
      <b>{done < all ? texts.sending(all) : texts.summary(good, all)}</b>{" "}
      <span className="t2 wrap">{texts.sentTo(run.url, clockTime(run.at, zone))}</span>{" "}
      {run.unsaved && <Tag>{texts.unsaved}</Tag>}
      {done === all && good === all && !run.unsaved && (
        <p>
          {texts.ready} {built.requests && <Link to={`/webhooks/${id}/recent-requests`}>{texts.openLog}</Link>}
        </p>
      )}
    </div>
  );
}

// Other pages ask for a test by the state of the location; each location asks once.
function useAskedFor(ready: boolean, run: () => void): void {
  const { state, key } = useLocation();
  const asked = typeof state === "object" && state !== null && "sendTest" in state && state.sendTest === true;
  const done = useRef<string>(undefined);
  const newest = useRef(run);
  newest.current = run;
  useEffect(() => {
    if (!asked || !ready || done.current === key) return;
    done.current = key;
    // A reload of the page is no wish to send again.
    history.replaceState({ ...history.state, usr: null }, "");
    newest.current();
  }, [asked, ready, key]);
}
