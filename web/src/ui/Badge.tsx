import type { ReactNode } from "react";
import styles from "./ui.module.css";

export type Tone = "ok" | "bad" | "warn" | "info" | "mute";

interface Props {
  readonly tone: Tone;
  readonly icon?: ReactNode;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

// Badge says a state by icon, word and colour.
export function Badge({ tone, icon, title, children }: Props) {
  return (
    <span className={styles.badge} data-tone={tone} title={title}>
      {icon}
      {children}
    </span>
  );
}

// Tag is a quiet label beside a name.
export const Tag = ({ children }: { children: ReactNode }) => <span className={styles.tag}>{children}</span>;
