import { type ReactNode, useState } from "react";
import { type DeliveryRow, useRedeliver } from "@/api/deliveries";
import { actions as texts } from "@/texts/requests";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { toast } from "@/ui/toast";

type Sendable = Pick<DeliveryRow, "id" | "attempts">;

// useResend sends a request again, and asks first if it was delivered already. `dialog`
// has its place in the page.
export function useResend(onSent?: () => void): {
  resend: (row: Sendable) => void;
  dialog: ReactNode;
  busy: boolean;
  error: unknown;
} {
  const redeliver = useRedeliver();
  const [asked, setAsked] = useState<Sendable>();

  const send = (row: Sendable) =>
    redeliver.mutate(row.id, {
      onSuccess: () => {
        setAsked(undefined);
        toast(texts.resent);
        onSent?.();
      },
    });
  return {
    resend: (row) => {
      redeliver.reset();
      if (row.attempts.at(-1)?.outcome === "succeeded") setAsked(row);
      else send(row);
    },
    busy: redeliver.isPending,
    error: asked ? undefined : redeliver.error,
    dialog: (
      <ConfirmDialog
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={texts.againTitle}
        confirm={texts.again}
        onConfirm={() => asked && send(asked)}
        busy={redeliver.isPending}
        error={asked ? redeliver.error : undefined}
      >
        <p>{texts.againBody}</p>
      </ConfirmDialog>
    ),
  };
}
