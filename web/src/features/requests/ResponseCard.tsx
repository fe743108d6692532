import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { type Attempt, answerBodyQuery, answerBodyUrl } from "@/api/deliveries";
import { bytes as sizeOf } from "@/lib/format";
import { statusTexts, request as texts } from "@/texts/request";
import { Badge } from "@/ui/Badge";
import { Card } from "@/ui/Card";
import { CopyButton } from "@/ui/CopyButton";
import { ErrorCard } from "@/ui/ErrorCard";
import { FilterChips } from "@/ui/FilterChips";
import { HeaderTable } from "@/ui/HeaderTable";
import { AttemptBadge, attemptIcon } from "@/ui/StatusBadge";
import { BodyView, useBody } from "./BodyView";
import { Phases } from "./Phases";
import styles from "./request.module.css";

type View = "tree" | "raw" | "headers";

// ResponseCard is what came back, and where the time went.
export function ResponseCard({ id, attempt }: { id: string; attempt: Attempt }) {
  const { response } = attempt;
  const [view, setView] = useState<View>("tree");
  const answer = useQuery({
    ...answerBodyQuery(id, attempt.number),
    enabled: response !== undefined && response.size > 0,
  });
  const { body, json } = useBody(answer.data, response?.truncated === false);
  const shown = view === "tree" && !json ? "raw" : view;
  // A large body takes a moment; the chip does not.
  const content = useDeferredValue(shown);
  return (
    <Card
      title={texts.response(attempt.number)}
      flush
      sub={
        <span className={styles.inline}>
          <Result attempt={attempt} />
          {response && <span>{sizeOf(response.size)}</span>}
        </span>
      }
      actions={
        response && (
          <>
            <FilterChips<View>
              label={texts.view}
              value={shown}
              onChange={setView}
              chips={[
                ...(json ? [{ value: "tree" as const, text: texts.tree }] : []),
                { value: "raw", text: texts.raw },
                { value: "headers", text: texts.headers(response.headers.length) },
              ]}
            />
            {body && <CopyButton value={body.text} what={texts.copyResponse} variant="default" />}
          </>
        )
      }
    >
      <div className={styles.line}>
        <Phases attempt={attempt} />
      </div>
      <div className={styles.content}>
        {!response && <p className={styles.empty}>{texts.noResponse}</p>}
        {response && content === "headers" && (
          <div className={styles.headers}>
            <HeaderTable label={texts.responseHeaders} headers={response.headers} />
          </div>
        )}
        {response && content !== "headers" && response.size === 0 && <p className={styles.empty}>{texts.noBody}</p>}
        {content !== "headers" && body && (
          <BodyView
            label={texts.responseBody}
            body={body}
            json={json}
            tree={content === "tree"}
            rest={
              response?.truncated
                ? { url: answerBodyUrl(id, attempt.number), total: response.size, shown: answer.data?.length ?? 0 }
                : undefined
            }
          />
        )}
        {content !== "headers" && answer.isLoading && <Skeleton height={80} />}
        {Boolean(answer.error) && <ErrorCard error={answer.error} onRetry={() => void answer.refetch()} />}
      </div>
    </Card>
  );
}

function Result({ attempt }: { attempt: Attempt }) {
  const words = attempt.status === undefined ? undefined : statusTexts[attempt.status];
  if (!words) return <AttemptBadge attempt={attempt} />;
  const good = attempt.outcome === "succeeded";
  return (
    <Badge tone={good ? "ok" : "bad"} icon={attemptIcon(good)}>
      {attempt.status} {words}
    </Badge>
  );
}
