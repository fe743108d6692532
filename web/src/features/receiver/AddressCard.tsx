import { Button, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { type Inbox, inboxesQuery, useDeleteInbox } from "@/api/receiver";
import { receiver as texts } from "@/texts/receiver";
import { Card } from "@/ui/Card";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyField } from "@/ui/CopyField";
import { toast } from "@/ui/toast";
import styles from "./receiver.module.css";

// AddressCard is where an inbox takes messages, and the way to the other inboxes.
export function AddressCard({ inbox, mayManage }: { inbox: Inbox; mayManage: boolean }) {
  const inboxes = useQuery(inboxesQuery);
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const others = inboxes.data ?? [];
  return (
    <Card title={texts.inbox}>
      <div className={styles.bar}>
        {others.length > 1 && (
          <NativeSelect
            label={texts.inbox}
            value={inbox.id}
            onChange={(event) => void navigate(`/receiver/${event.currentTarget.value}`)}
            data={others.map((other) => ({ value: other.id, label: other.id.slice(0, 8) }))}
          />
        )}
        <div className={styles.grow}>
          <CopyField label={texts.address} value={inbox.url} what={texts.what} />
        </div>
        {mayManage && (
          <Button component={Link} to={`/webhooks/create?${new URLSearchParams({ url: inbox.url }).toString()}`}>
            {texts.use}
          </Button>
        )}
        {mayManage && <Button onClick={() => setDeleting(true)}>{texts.deleteInbox}</Button>}
      </div>
      <DeleteDialog id={inbox.id} opened={deleting} onClose={() => setDeleting(false)} />
    </Card>
  );
}

function DeleteDialog({ id, opened, onClose }: { id: string; opened: boolean; onClose: () => void }) {
  const remove = useDeleteInbox();
  const navigate = useNavigate();
  function confirm() {
    remove.mutate(id, {
      onSuccess: () => {
        toast(texts.deleted);
        onClose();
        void navigate("/receiver", { replace: true });
      },
    });
  }
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={texts.deleteTitle}
      confirm={texts.deleteInbox}
      onConfirm={confirm}
      danger
      busy={remove.isPending}
      error={remove.error}
    >
      <p>{texts.deleteBody}</p>
    </ConfirmDialog>
  );
}
