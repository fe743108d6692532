import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useDeleteWebhook, useSetEnabled, type WebhookRow } from "@/api/webhooks";
import { menu as texts } from "@/texts/webhooks";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { toast } from "@/ui/toast";

interface Props {
  readonly webhook: WebhookRow;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function DisableDialog({ webhook, opened, onClose }: Props) {
  const setEnabled = useSetEnabled();
  const waiting = webhook.health.retryingCount;
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={texts.disableTitle(webhook.name)}
      confirm={texts.disable}
      busy={setEnabled.isPending}
      error={setEnabled.error}
      onConfirm={() =>
        setEnabled.mutate(
          { id: webhook.id, enabled: false },
          {
            onSuccess: () => {
              onClose();
              toast(texts.disabled);
            },
          },
        )
      }
    >
      <p>{texts.disableBody}</p>
      {waiting > 0 && <p>{texts.disableHeld(waiting)}</p>}
    </ConfirmDialog>
  );
}

// Deleting has no undo. Who deletes what has traffic types its name.
export function DeleteDialog({ webhook, opened, onClose, onDeleted }: Props & { onDeleted?: () => void }) {
  const remove = useDeleteWebhook();
  const [typed, setTyped] = useState("");
  const busy = webhook.health.requestCount > 0;
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={texts.removeTitle(webhook.name)}
      confirm={texts.remove}
      danger
      busy={remove.isPending}
      error={remove.error}
      disabled={busy && typed.trim() !== webhook.name.trim()}
      onConfirm={() =>
        remove.mutate(webhook.id, {
          onSuccess: () => {
            onClose();
            toast(texts.deleted);
            onDeleted?.();
          },
        })
      }
    >
      <p>{texts.removeBody}</p>
      <ul>
        {texts.removeEnds(webhook.health.retryingCount).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p>{texts.removeStays}</p>
      {busy && (
        <TextInput
          label={texts.removeType(webhook.name)}
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
    </ConfirmDialog>
  );
}
