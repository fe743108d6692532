import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "./Badge";
import styles from "./ui.module.css";

const icons = { ok: CircleCheck, bad: TriangleAlert, warn: TriangleAlert, info: Info, mute: CircleAlert } as const;

interface Props {
  readonly tone: Tone;
  // Said when it appears: "alert" for what failed, "status" otherwise.
  readonly role?: "status" | "alert";
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

// Note is a banner over the region it is about.
export function Note({ tone, role, children, action }: Props) {
  const Icon = icons[tone];
  return (
    <div className={styles.note} data-tone={tone} role={role}>
      <Icon className="icon" aria-hidden="true" />
      <div className={styles.noteText}>{children}</div>
      {action}
    </div>
  );
}
