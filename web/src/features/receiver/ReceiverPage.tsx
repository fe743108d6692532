import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { Navigate, useNavigate, useParams } from "react-router";
import { inboxesQuery, inboxQuery, useCreateInbox } from "@/api/receiver";
import { useSession } from "@/api/session";
import { isNotFound } from "@/lib/apiError";
import { notFound } from "@/texts/common";
import { receiver as texts } from "@/texts/receiver";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorCard } from "@/ui/ErrorCard";
import { NotFound } from "@/ui/NotFound";
import { PageHead } from "@/ui/PageHead";
import { AddressCard } from "./AddressCard";
import { BehaviourCard } from "./BehaviourCard";
import { MessageCard } from "./MessageCard";
import { MessageList } from "./MessageList";
import styles from "./receiver.module.css";

// The built-in receiver: what arrived, the verdict on it, and how it answers.
export function Component() {
  const { inbox, messageId } = useParams();
  const { receiver, scopes = [] } = useSession();
  const inboxes = useQuery({ ...inboxesQuery, enabled: receiver });
  if (!receiver) return <NotFound body={notFound.body} />;
  const first = inboxes.data?.[0];
  if (!inbox && first) return <Navigate to={`/receiver/${first.id}`} replace />;
  const mayManage = scopes.includes("manage");
  return (
    <>
      <PageHead title={texts.title} sub={texts.sub} actions={mayManage && first && <NewInbox />} />
      {inboxes.error && <ErrorCard error={inboxes.error} onRetry={() => void inboxes.refetch()} />}
      {inboxes.data && !first && (
        <EmptyState title={texts.emptyTitle} actions={mayManage && <NewInbox />}>
          {texts.emptyBody}
        </EmptyState>
      )}
      {inbox && <OneInbox id={inbox} message={messageId} mayManage={mayManage} />}
    </>
  );
}

interface Props {
  readonly id: string;
  readonly message: string | undefined;
  readonly mayManage: boolean;
}

function OneInbox({ id, message, mayManage }: Props) {
  const inbox = useQuery(inboxQuery(id));
  if (isNotFound(inbox.error)) return <EmptyState title={notFound.object(texts.inbox, id)} />;
  if (inbox.error) return <ErrorCard error={inbox.error} onRetry={() => void inbox.refetch()} />;
  if (!inbox.data) return null;
  return (
    <div className={styles.columns}>
      <div className={styles.stack}>
        <AddressCard inbox={inbox.data} mayManage={mayManage} />
        {message && <MessageCard inbox={id} number={Number(message)} />}
        <MessageList inbox={id} selected={message} mayManage={mayManage} />
      </div>
      {mayManage && <BehaviourCard key={id} inbox={inbox.data} />}
    </div>
  );
}

function NewInbox() {
  const create = useCreateInbox();
  const navigate = useNavigate();
  return (
    <Button
      leftSection={<Plus className="icon" />}
      loading={create.isPending}
      onClick={() => create.mutate(undefined, { onSuccess: (inbox) => void navigate(`/receiver/${inbox.id}`) })}
    >
      {texts.newInbox}
    </Button>
  );
}
