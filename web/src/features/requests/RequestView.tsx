import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { type Delivery, useCancel } from "@/api/deliveries";
import { useForgetSignedOut } from "@/api/mutation";
import { request as texts } from "@/texts/request";
import { actions as actionTexts } from "@/texts/requests";
import { announce } from "@/ui/announce";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { FormError } from "@/ui/ErrorCard";
import { attemptText } from "@/ui/StatusBadge";
import { useShortcuts } from "@/ui/shortcuts";
import { toast } from "@/ui/toast";
import { AttemptsCard } from "./AttemptsCard";
import { DetailsCard } from "./DetailsCard";
import { DiagnosisNote } from "./DiagnosisNote";
import { RequestActions } from "./RequestActions";
import { RequestCard } from "./RequestCard";
import { ResponseCard } from "./ResponseCard";
import styles from "./request.module.css";
import { useResend } from "./useResend";

interface Props {
  readonly delivery: Delivery;
  readonly panel: boolean;
  // An attempt is under way that somebody asked for.
  readonly waits: boolean;
  readonly onSent: () => void;
  readonly head: (actions: React.ReactNode) => React.ReactNode;
}

// RequestView is a request with all of its attempts, on a page or beside the list.
export function RequestView({ delivery, panel, waits, onSent, head }: Props) {
  const { resend, dialog, busy, error } = useResend(onSent);
  const [stopping, setStopping] = useState(false);
  const [failed, setFailed] = useState<unknown>();
  useForgetSignedOut(failed, () => setFailed(undefined));
  const cancel = useCancel();
  const { linkTo, state, attempt, step } = useChosenAttempt(delivery);
  useShortcuts({ previousAttempt: () => step(-1), nextAttempt: () => step(1) });

  const attempts = (
    <AttemptsCard
      delivery={delivery}
      selected={attempt?.number}
      linkTo={linkTo}
      state={state}
      waits={waits}
      busy={busy}
      onTryNow={() => resend(delivery)}
      onStop={() => setStopping(true)}
    />
  );
  return (
    <>
      {head(
        <RequestActions
          delivery={delivery}
          onResend={() => {
            setFailed(undefined);
            resend(delivery);
          }}
          busy={busy}
          onFailed={setFailed}
        />,
      )}
      <FormError error={failed ?? error} />
      <DiagnosisNote delivery={delivery} />
      <div className={styles.grid} data-panel={panel || undefined}>
        <div className={styles.column}>
          {panel && attempts}
          <RequestCard id={delivery.id} attempt={attempt} />
          {attempt && <ResponseCard key={attempt.number} id={delivery.id} attempt={attempt} />}
        </div>
        <div className={styles.column}>
          {!panel && attempts}
          <DetailsCard delivery={delivery} />
        </div>
      </div>
      {dialog}
      <ConfirmDialog
        opened={stopping}
        onClose={() => setStopping(false)}
        title={actionTexts.stopTitle}
        confirm={actionTexts.stop}
        danger
        busy={cancel.isPending}
        error={cancel.error}
        onConfirm={() =>
          cancel.mutate(delivery.id, {
            onSuccess: () => {
              setStopping(false);
              toast(actionTexts.stopped);
            },
          })
        }
      >
        <p>{actionTexts.stopBody}</p>
      </ConfirmDialog>
    </>
  );
}

// useChosenAttempt is the attempt that the address names, or else the newest.
function useChosenAttempt({ attempts }: Delivery) {
  const [params] = useSearchParams();
  const { state } = useLocation();
  const navigate = useNavigate();
  const wanted = Number(params.get("attempt"));
  const attempt = attempts.find(({ number }) => number === wanted) ?? attempts.at(-1);
  // Keys may come faster than the address changes: each goes on from where the last led.
  const latest = useRef(attempt?.number);
  useEffect(() => {
    latest.current = attempt?.number;
  }, [attempt?.number]);
  const linkTo = (number: number) => {
    const next = new URLSearchParams(params);
    next.set("attempt", String(number));
    return `?${next}`;
  };
  return {
    attempt,
    state: state as unknown,
    linkTo,
    // Goes to the attempt before or after this one, if there is one.
    step(by: 1 | -1): boolean {
      const to = attempts[attempts.findIndex(({ number }) => number === latest.current) + by];
      if (!to) return false;
      latest.current = to.number;
      void navigate(linkTo(to.number), { replace: true, state, preventScrollReset: true });
      announce(`${texts.attempt(to.number)}: ${attemptText(to)}`);
      return true;
    },
  };
}
