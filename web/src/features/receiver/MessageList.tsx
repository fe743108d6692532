import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { type Message, messagesQuery, useClearMessages } from "@/api/receiver";
import { useLive } from "@/api/useLive";
import { receiver as texts } from "@/texts/receiver";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { IdText } from "@/ui/IdText";
import { LiveChip } from "@/ui/LiveChip";
import { Time } from "@/ui/Time";
import { toast } from "@/ui/toast";
import { answerText } from "./answer";
import styles from "./receiver.module.css";
import { VerdictBadge } from "./VerdictBadge";

interface Props {
  readonly inbox: string;
  readonly selected: string | undefined;
  readonly mayManage: boolean;
}

// MessageList is what an inbox holds, newest first.
export function MessageList({ inbox, selected, mayManage }: Props) {
  const messages = useQuery(messagesQuery(inbox));
  const [clearing, setClearing] = useState(false);
  return (
    <section aria-label={texts.messages}>
      <div className={styles.bar}>
        <h2 className={styles.grow}>{texts.messages}</h2>
        <LiveChip {...useLive()} />
        {mayManage && messages.data && messages.data.length > 0 && (
          <Button size="compact-sm" onClick={() => setClearing(true)}>
            {texts.clear}
          </Button>
        )}
      </div>
      <DataTable
        caption={texts.caption}
        columns={columns(inbox)}
        rows={messages.data}
        rowKey={(message) => String(message.number)}
        selected={selected}
        error={messages.error}
        onRetry={() => void messages.refetch()}
        refreshing={messages.isFetching}
        empty={<EmptyState title={texts.noneTitle}>{texts.noneBody}</EmptyState>}
        skeletonRows={3}
      />
      <ClearDialog inbox={inbox} opened={clearing} onClose={() => setClearing(false)} />
    </section>
  );
}

const columns = (inbox: string): readonly Column<Message>[] => [
  {
    key: "event",
    head: texts.event,
    rowHead: true,
    cell: (message) => (
      <Link data-row-link to={`/receiver/${inbox}/${message.number}`} className="mono">
        {message.eventType ?? texts.noEvent}
      </Link>
    ),
  },
  { key: "signature", head: texts.signature, cell: (message) => <VerdictBadge verdict={message.verdict} /> },
  { key: "answer", head: texts.answered, cell: (message) => answerText(message.answer) },
  {
    key: "request",
    head: texts.request,
    cell: (message) => message.deliveryId && <IdText id={message.deliveryId} what={texts.request} />,
    hide: "medium",
  },
  { key: "time", head: texts.time, cell: (message) => <Time at={message.receivedAt} /> },
];

function ClearDialog({ inbox, opened, onClose }: { inbox: string; opened: boolean; onClose: () => void }) {
  const clear = useClearMessages();
  function confirm() {
    clear.mutate(inbox, {
      onSuccess: () => {
        toast(texts.cleared);
        onClose();
      },
    });
  }
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={texts.clearTitle}
      confirm={texts.clear}
      onConfirm={confirm}
      danger
      busy={clear.isPending}
      error={clear.error}
    >
      <p>{texts.clearBody}</p>
    </ConfirmDialog>
  );
}
