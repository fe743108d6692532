import { Ban, Check, CircleDashed, Clock3, Pause, RotateCw, X } from "lucide-react";
import type { ReactNode } from "react";
import { reasons, states } from "@/texts/common";
import { Badge, type Tone } from "./Badge";
import styles from "./ui.module.css";

export type DeliveryState = "pending" | "retrying" | "held" | "succeeded" | "failed" | "cancelled";

export interface AttemptResult {
  readonly outcome: string;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
}

// The words of an attempt: its status, or why there is none.
export function attemptText(attempt: AttemptResult): string {
  if (attempt.reason === "blocked_address") return reasons.blocked_address ?? "";
  if (attempt.status !== undefined) return String(attempt.status);
  return reasons[attempt.reason ?? ""] ?? (attempt.outcome === "succeeded" ? states.succeeded : states.failed);
}

const looks: Record<DeliveryState, { tone: Tone; icon: ReactNode }> = {
  pending: { tone: "info", icon: <Clock3 /> },
  retrying: { tone: "warn", icon: <RotateCw /> },
  held: { tone: "mute", icon: <Pause /> },
  succeeded: { tone: "ok", icon: <Check /> },
  failed: { tone: "bad", icon: <X /> },
  cancelled: { tone: "mute", icon: <CircleDashed /> },
};

export const stateText = (state: DeliveryState): string => states[state];

export const attemptIcon = (good: boolean): ReactNode => (good ? <Check /> : <X />);

interface Props {
  readonly state: DeliveryState;
  // The last attempt, if there was one: a failed request shows its reason.
  readonly last?: AttemptResult | undefined;
}

// StatusBadge is the state of a request. It reads "Failed, 503".
export function StatusBadge({ state, last }: Props) {
  const { tone, icon } = looks[state];
  const said = last && (state === "failed" || state === "succeeded") ? attemptText(last) : undefined;
  const blocked = state === "failed" && last?.reason === "blocked_address";
  return (
    <Badge tone={tone} icon={blocked ? <Ban /> : icon}>
      {said === undefined || said === states[state] ? (
        states[state]
      ) : (
        <>
          <span className="hidden-visually">{states[state]}, </span>
          {said}
        </>
      )}
    </Badge>
  );
}

// AttemptBadge is the result of one attempt, or that it is under way.
export function AttemptBadge({ attempt }: { attempt: AttemptResult | undefined }) {
  if (!attempt) {
    return (
      <Badge tone="info" icon={<RotateCw className={styles.spin} />}>
        {states.sending}
      </Badge>
    );
  }
  return <StatusBadge state={attempt.outcome === "succeeded" ? "succeeded" : "failed"} last={attempt} />;
}
