import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { type Attempt, getPayload, payloadQuery, payloadUrl } from "@/api/deliveries";
import { ApiError } from "@/lib/apiError";
import { request as texts } from "@/texts/request";
import { Card } from "@/ui/Card";
import { CopyButton } from "@/ui/CopyButton";
import { ErrorCard } from "@/ui/ErrorCard";
import { FilterChips } from "@/ui/FilterChips";
import { HeaderTable } from "@/ui/HeaderTable";
import { BodyView, bodyText, useBody } from "./BodyView";
import styles from "./request.module.css";

type View = "tree" | "raw" | "headers";

// More of a body than this is downloaded, not shown.
export const shownBytes = 256 * 1024;

// RequestCard is what was sent: the same body with every attempt, and the headers of
// the one that is chosen.
export function RequestCard({ id, attempt }: { id: string; attempt: Attempt | undefined }) {
  const [view, setView] = useState<View>("tree");
  const payload = useQuery(payloadQuery(id, shownBytes));
  const total = attempt?.request.size ?? payload.data?.length ?? 0;
  const whole = total <= shownBytes;
  const { body, json } = useBody(payload.data, whole);
  const headers = attempt?.request.headers ?? [];
  const chips: { value: View; text: string }[] = [
    ...(json || !body ? [{ value: "tree" as const, text: texts.tree }] : []),
    { value: "raw", text: texts.raw },
    ...(attempt ? [{ value: "headers" as const, text: texts.headers(headers.length) }] : []),
  ];
  const shown = view === "tree" && body && !json ? "raw" : view;
  // A large body takes a moment; the chip does not.
  const content = useDeferredValue(shown);
  return (
    <Card
      title={attempt ? texts.request(attempt.number) : texts.firstRequest}
      flush
      actions={
        <>
          <FilterChips<View> label={texts.view} value={shown} onChange={setView} chips={chips} />
          <CopyButton
            value={async () => (whole && body ? body.text : bodyText(await getPayload(id)).text)}
            what={texts.copyBody}
            variant="default"
          />
        </>
      }
    >
      {attempt && (
        <p className={`mono ${styles.line}`}>
          <b>{attempt.request.method}</b> {attempt.request.url}
        </p>
      )}
      <div className={styles.content}>
        {content === "headers" && (
          <div className={styles.headers}>
            <HeaderTable label={texts.requestHeaders} headers={headers} />
          </div>
        )}
        {content !== "headers" && body && (
          <BodyView
            label={texts.requestBody}
            body={body}
            json={json}
            tree={content === "tree"}
            rest={whole ? undefined : { url: payloadUrl(id), total, shown: payload.data?.length ?? 0 }}
          />
        )}
        {content !== "headers" && !body && !payload.error && <Skeleton height={160} />}
        {content !== "headers" && Boolean(payload.error) && (
          <BodyError error={payload.error} onRetry={() => void payload.refetch()} />
        )}
      </div>
    </Card>
  );
}

function BodyError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  if (error instanceof ApiError && error.status === 410) return <p className={styles.empty}>{texts.gone}</p>;
  return <ErrorCard error={error} onRetry={onRetry} />;
}
