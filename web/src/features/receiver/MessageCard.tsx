import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { type Message, messageBodyQuery, messageQuery } from "@/api/receiver";
import { isNotFound } from "@/lib/apiError";
import { bytes } from "@/lib/format";
import { tryParseJson } from "@/lib/jsonTokens";
import { json } from "@/texts/common";
import { receiver as texts } from "@/texts/receiver";
import { Card } from "@/ui/Card";
import { CodeBlock, shownChars } from "@/ui/CodeBlock";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorCard } from "@/ui/ErrorCard";
import { FilterChips } from "@/ui/FilterChips";
import { HeaderTable } from "@/ui/HeaderTable";
import { IdText } from "@/ui/IdText";
import { JsonTree } from "@/ui/JsonTree";
import { useDocumentTitle } from "@/ui/PageHead";
import { Instant } from "@/ui/Time";
import { answerText } from "./answer";
import styles from "./receiver.module.css";
import { VerdictBadge } from "./VerdictBadge";

// MessageCard is one message: the verdict on it, its headers and its body.
export function MessageCard({ inbox, number }: { inbox: string; number: number }) {
  const message = useQuery(messageQuery(inbox, number));
  useDocumentTitle(texts.messageTitle(message.data?.eventType ?? ""));
  if (isNotFound(message.error)) {
    return <EmptyState title={texts.gone} actions={<Link to={`/receiver/${inbox}`}>{texts.back}</Link>} />;
  }
  if (message.error) return <ErrorCard error={message.error} onRetry={() => void message.refetch()} />;
  if (!message.data) return null;
  return (
    <Card title={texts.message} sub={<VerdictBadge verdict={message.data.verdict} />}>
      <div className={styles.stack}>
        <Facts message={message.data} />
        <Body inbox={inbox} number={number} />
        <Headers message={message.data} />
      </div>
    </Card>
  );
}

function Facts({ message }: { message: Message }) {
  return (
    <dl className={styles.facts}>
      <dt>{texts.method}</dt>
      <dd className="mono">
        {message.method} {message.target}
      </dd>
      <dt>{texts.time}</dt>
      <dd>
        <Instant at={message.receivedAt} />
      </dd>
      <dt>{texts.answered}</dt>
      <dd>{answerText(message.answer)}</dd>
      <dt>{texts.size}</dt>
      <dd>{bytes(message.size)}</dd>
      {message.deliveryId && (
        <>
          <dt>{texts.request}</dt>
          <dd>
            <IdText id={message.deliveryId} what={texts.request} max={24} />{" "}
            <Link to={`/requests/${message.deliveryId}`}>{texts.openRequest}</Link>
          </dd>
        </>
      )}
      <dt>{texts.logto}</dt>
      <dd>
        {message.verdict.logto}
        {message.verdict.result === "valid" && `, ${texts.over(message.size)}`}
      </dd>
      <dt>{texts.standard}</dt>
      <dd>{message.verdict.standard}</dd>
    </dl>
  );
}

function Body({ inbox, number }: { inbox: string; number: number }) {
  const body = useQuery(messageBodyQuery(inbox, number));
  const [view, setView] = useState<"tree" | "raw">("tree");
  const text = body.data;
  if (body.error) return <ErrorCard error={body.error} onRetry={() => void body.refetch()} />;
  if (text === undefined) return null;
  if (text === "") return <p className="t2">{texts.emptyBodyText}</p>;
  const node = text.length <= shownChars ? tryParseJson(text) : undefined;
  return (
    <div>
      {node && (
        <FilterChips
          label={texts.body}
          value={view}
          onChange={setView}
          chips={[
            { value: "tree", text: json.tree },
            { value: "raw", text: json.raw },
          ]}
        />
      )}
      {node && view === "tree" ? (
        <JsonTree node={node} label={texts.bodyLabel} />
      ) : (
        <CodeBlock text={text} label={texts.bodyLabel} wrap />
      )}
    </div>
  );
}

function Headers({ message }: { message: Message }) {
  return (
    <details>
      <summary>
        {texts.headers} {message.headers.length}
      </summary>
      <HeaderTable label={texts.headersCaption} headers={message.headers} />
    </details>
  );
}
