import { type ApiKey, useRevokeKey } from "@/api/keys";
import { keys as texts } from "@/texts/keys";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Time } from "@/ui/Time";
import { toast } from "@/ui/toast";

interface Props {
  // undefined while nothing is asked.
  readonly apiKey: ApiKey | undefined;
  readonly onClose: () => void;
}

// RevokeDialog says when a key was last used before it ends.
export function RevokeDialog({ apiKey, onClose }: Props) {
  const revoke = useRevokeKey();
  function confirm() {
    if (!apiKey) return;
    revoke.mutate(apiKey.id, {
      onSuccess: () => {
        toast(texts.revoked(apiKey.name));
        onClose();
      },
    });
  }
  return (
    <ConfirmDialog
      opened={apiKey !== undefined}
      onClose={onClose}
      title={texts.revokeTitle(apiKey?.name ?? "")}
      confirm={texts.revoke}
      onConfirm={confirm}
      danger
      busy={revoke.isPending}
      error={revoke.error}
    >
      <p>{texts.revokeBody}</p>
      <p className="t2">{apiKey && <LastUse apiKey={apiKey} />}</p>
    </ConfirmDialog>
  );
}

function LastUse({ apiKey }: { apiKey: ApiKey }) {
  if (!apiKey.lastUsedAt) return texts.revokeUnused;
  return (
    <>
      {texts.revokeUsed} <Time at={apiKey.lastUsedAt} />
      {apiKey.lastUsedAddress && ` ${texts.lastUsedFrom(apiKey.lastUsedAddress)}`}.
    </>
  );
}
