import { Button, Drawer } from "@mantine/core";
import { useState } from "react";
import { duration } from "@/lib/format";
import { common } from "@/texts/common";
import { test as texts } from "@/texts/webhooks";
import { Badge } from "@/ui/Badge";
import { BodyView } from "@/ui/BodyView";
import { type Column, DataTable } from "@/ui/DataTable";
import { HeaderTable } from "@/ui/HeaderTable";
import { PhaseBar } from "@/ui/PhaseBar";
import { AttemptBadge } from "@/ui/StatusBadge";
import { useReturnFocus } from "@/ui/useReturnFocus";
import { isDone, isGood, type TestRow } from "./useTestRun";
import styles from "./webhooks.module.css";

interface Props {
  readonly rows: readonly TestRow[];
  readonly onAgain: (event: string) => void;
}

// TestResults has a row per event with the endpoint's own answer.
export function TestResults({ rows, onAgain }: Props) {
  const [viewed, setViewed] = useState<string>();
  const columns: Column<TestRow>[] = [
    { key: "event", head: texts.event, rowHead: true, cell: (row) => <span className="mono">{row.event}</span> },
    { key: "result", head: texts.result, cell: (row) => <Result row={row} /> },
    {
      key: "time",
      head: texts.time,
      numeric: true,
      cell: (row) => row.result && <span className="nowrap">{duration(row.result.attempt.durationMs)}</span>,
    },
    { key: "detail", head: texts.detail, cell: (row) => <span className="t2 wrap">{detailOf(row)}</span> },
    {
      key: "actions",
      head: common.actions,
      quiet: true,
      cell: (row) => (
        <span className={styles.testActions}>
          {isDone(row) && !isGood(row) && (
            <Button
              variant="subtle"
              size="compact-sm"
              aria-label={texts.againOf(row.event)}
              onClick={() => onAgain(row.event)}
            >
              {texts.again}
            </Button>
          )}
          {row.result && (
            <Button
              variant="subtle"
              size="compact-sm"
              aria-label={texts.viewOf(row.event)}
              onClick={() => setViewed(row.event)}
            >
              {texts.view}
            </Button>
          )}
        </span>
      ),
    },
  ];
  const shown = rows.find((row) => row.event === viewed);
  return (
    <div className={styles.testTable}>
      <DataTable caption={texts.caption} columns={columns} rows={rows} rowKey={(row) => row.event} />
      {shown?.result && <Exchange row={shown} onClose={() => setViewed(undefined)} />}
    </div>
  );
}

function Result({ row }: { row: TestRow }) {
  if (row.error) return <Badge tone="bad">{row.error.status || row.error.code}</Badge>;
  return <AttemptBadge attempt={row.result?.attempt} />;
}

// The first line of the answer, or why there is none.
function detailOf(row: TestRow): string {
  if (row.error) return row.error.issues[0]?.message ?? row.error.message;
  if (!row.result) return "";
  const { attempt, responseBody = "" } = row.result;
  if (attempt.detail && attempt.outcome !== "succeeded" && attempt.status === undefined) return attempt.detail;
  const [line = ""] = responseBody.trim().split("\n", 1);
  return (line.length > 160 ? `${line.slice(0, 160)}…` : line) || (attempt.detail ?? "");
}

function Exchange({ row, onClose }: { row: TestRow; onClose: () => void }) {
  useReturnFocus();
  const { result } = row;
  if (!result) return null;
  const { attempt } = result;
  const body = result.responseBody ?? result.responseBodyBase64 ?? "";
  return (
    <Drawer opened onClose={onClose} title={<span className="mono">{row.event}</span>} size={680}>
      <div className={styles.form}>
        <div className={styles.exchangeHead}>
          <AttemptBadge attempt={attempt} /> <span>{duration(attempt.durationMs)}</span>
          {attempt.address && <span className="mono t3">{attempt.address}</span>}
        </div>
        {attempt.detail && <p className="t2">{attempt.detail}</p>}
        <PhaseBar phases={attempt.phases} />
        <h3>{texts.request}</h3>
        <p className="mono wrap">
          {attempt.request.method} {attempt.request.url}
        </p>
        <BodyView text={result.requestBody} label={texts.requestBody} />
        <HeaderTable label={texts.requestHeaders} headers={attempt.request.headers} />
        <h3>{texts.response}</h3>
        {!attempt.response && <p className="t2">{texts.noResponse}</p>}
        {result.responseBodyBase64 && <p className="sub">{texts.binary}</p>}
        {attempt.response &&
          (body ? <BodyView text={body} label={texts.responseBody} /> : <p className="t2">{texts.emptyBody}</p>)}
        {attempt.response && <HeaderTable label={texts.responseHeaders} headers={attempt.response.headers} />}
      </div>
    </Drawer>
  );
}
