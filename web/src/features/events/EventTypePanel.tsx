import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { type EventType, eventTypeQuery, useDeleteEventType } from "@/api/eventTypes";
import { useSession } from "@/api/session";
import { isNotFound } from "@/lib/apiError";
import { notFound } from "@/texts/common";
import { catalogue as texts } from "@/texts/events";
import { Tag } from "@/ui/Badge";
import { Card } from "@/ui/Card";
import { CodeBlock } from "@/ui/CodeBlock";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorCard } from "@/ui/ErrorCard";
import { Note } from "@/ui/Note";
import { toast } from "@/ui/toast";
import { EventTypeDialog } from "./EventTypeDialog";
import styles from "./events.module.css";
import { createPath, emitPath } from "./links";
import { prettyPayload } from "./payload";

// EventTypePanel is all there is to know of one event type.
export function EventTypePanel({ name }: { name: string }) {
  const type = useQuery(eventTypeQuery(name));
  if (isNotFound(type.error)) return <EmptyState title={notFound.object(texts.object, name)} />;
  if (type.error) return <ErrorCard error={type.error} onRetry={() => void type.refetch()} />;
  return type.data ? <Panel type={type.data} /> : null;
}

function Panel({ type }: { type: EventType }) {
  return (
    <div className={styles.stack}>
      <Head type={type} />
      <Card title={texts.example}>
        <CodeBlock text={prettyPayload(type.example, type.name)} label={texts.exampleLabel} wrap />
      </Card>
      <Card title={texts.schema}>
        {type.schema === undefined ? (
          <p className="t2">{texts.noSchema}</p>
        ) : (
          <CodeBlock text={JSON.stringify(type.schema, null, 2)} label={texts.schemaLabel} wrap />
        )}
      </Card>
      <Card title={texts.subscribed}>
        {type.webhooks.length === 0 ? (
          <p className="t2">{texts.none}</p>
        ) : (
          <ul className={styles.links}>
            {type.webhooks.map((webhook) => (
              <li key={webhook.id}>
                <Link to={`/webhooks/${webhook.id}/settings`}>{webhook.name}</Link>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </div>
  );
}

function Head({ type }: { type: EventType }) {
  const { scopes = [] } = useSession();
  const [editing, setEditing] = useState(false);
  const [removing, setRemoving] = useState(false);
  const own = !type.builtIn && scopes.includes("manage");
  return (
    <section aria-label={type.name} className={styles.typeHead}>
      <h2 className="mono">{type.name}</h2>
      <p className={styles.fanOut}>
        {type.group && <Tag>{type.group}</Tag>}
        {type.builtIn && <Tag>{texts.builtIn}</Tag>}
        {type.deprecated && <Tag>{texts.deprecated}</Tag>}
      </p>
      {type.description && <p>{type.description}</p>}
      {type.deprecated && (
        <Note tone="warn">
          <p>{texts.deprecatedNote}</p>
        </Note>
      )}
      <div className={styles.toolbar}>
        {scopes.includes("emit") && (
          <Button component={Link} to={emitPath(type.name)} variant="filled">
            {texts.emitSample}
          </Button>
        )}
        {scopes.includes("manage") && (
          <Button component={Link} to={createPath(type.name)}>
            {texts.createWebhook}
          </Button>
        )}
        {own && <Button onClick={() => setEditing(true)}>{texts.edit}</Button>}
        {own && (
          <Button color="red" onClick={() => setRemoving(true)}>
            {texts.remove}
          </Button>
        )}
      </div>
      <EventTypeDialog type={type} opened={editing} onClose={() => setEditing(false)} />
      <RemoveDialog name={type.name} opened={removing} onClose={() => setRemoving(false)} />
    </section>
  );
}

function RemoveDialog({ name, opened, onClose }: { name: string; opened: boolean; onClose: () => void }) {
  const remove = useDeleteEventType();
  const navigate = useNavigate();
  function confirm() {
    remove.mutate(name, {
      onSuccess: () => {
        toast(texts.removed(name));
        void navigate("/events/catalogue", { replace: true });
      },
    });
  }
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={texts.removeTitle(name)}
      confirm={texts.remove}
      onConfirm={confirm}
      danger
      busy={remove.isPending}
      error={remove.error}
    >
      <p>{texts.removeBody}</p>
    </ConfirmDialog>
  );
}
