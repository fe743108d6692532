import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { type Checklist, useHideChecklist } from "@/api/overview";
import { useSession } from "@/api/session";
import { webhooksQuery } from "@/api/webhooks";
import { built } from "@/lib/built";
import { checklist as texts } from "@/texts/overview";
import { Card } from "@/ui/Card";
import { FormError } from "@/ui/ErrorCard";
import styles from "./overview.module.css";

type Step = Exclude<keyof Checklist, "hidden">;

interface Props {
  readonly checklist: Checklist;
  readonly onEmit: () => void;
  // Only where there is a Receiver to break.
  readonly onBreak: (() => void) | undefined;
  readonly busy: boolean;
}

// ChecklistCard are the first steps. They complete themselves; lines whose page does
// not exist here are left out.
export function ChecklistCard({ checklist, onEmit, onBreak, busy }: Props) {
  const hide = useHideChecklist();
  const { receiver, scopes = [] } = useSession();
  const { data } = useQuery(webhooksQuery({ limit: 1 }));
  const first = data?.items[0]?.id;
  const links: Record<Step, string | undefined> = {
    createWebhook: built.webhooks ? "/webhooks/create" : undefined,
    sendTest: built.webhooks && first ? `/webhooks/${first}/settings` : undefined,
    emitEvent: undefined,
    verifySignature: built.receiver && receiver ? "/receiver" : undefined,
    createApiKey: built.keys && scopes.includes("admin") ? "/api-keys" : undefined,
  };
  const steps = (["createWebhook", "sendTest", "emitEvent", "verifySignature", "createApiKey"] as const).filter(
    (step) => links[step] !== undefined || step === "emitEvent" || checklist[step],
  );
  const done = steps.filter((step) => checklist[step]).length;
  return (
    <Card
      title={texts.title}
      sub={texts.progress(done, steps.length)}
      flush
      actions={
        <Button size="compact-sm" variant="subtle" onClick={() => hide.mutate(true)} loading={hide.isPending}>
          {texts.hide}
        </Button>
      }
    >
      <FormError error={hide.error} />
      <ol className={styles.steps}>
        {steps.map((step) => (
          <Line key={step} text={texts[step]} done={checklist[step]}>
            {links[step] && !checklist[step] && <Link to={links[step]}>{texts.go[step]}</Link>}
            {step === "emitEvent" && !checklist.emitEvent && (
              <Button size="compact-sm" onClick={onEmit} disabled={busy}>
                {texts.go.emitEvent}
              </Button>
            )}
            {step === "emitEvent" && onBreak && (
              <Button size="compact-sm" onClick={onBreak} disabled={busy} title={texts.breakItHelp}>
                {texts.breakIt}
              </Button>
            )}
          </Line>
        ))}
      </ol>
    </Card>
  );
}

function Line({ text, done, children }: { text: string; done: boolean; children: ReactNode }) {
  return (
    <li data-done={done}>
      {done ? (
        <CircleCheck className="icon" aria-hidden="true" />
      ) : (
        <CircleDashed className="icon" aria-hidden="true" />
      )}
      <span>
        {text}
        <span className="hidden-visually">, {done ? texts.done : texts.open}</span>
      </span>
      <span className={styles.stepActions}>{children}</span>
    </li>
  );
}

// ShowChecklist brings it back.
export function ShowChecklist() {
  const hide = useHideChecklist();
  return (
    <Button size="compact-sm" variant="subtle" onClick={() => hide.mutate(false)} loading={hide.isPending}>
      {texts.show}
    </Button>
  );
}
