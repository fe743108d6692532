import type { ReactNode } from "react";
import styles from "./ui.module.css";

interface Props {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

// EmptyState says why there is nothing, and what to do about it. Nothing exists, no
// result and out of retention are three different messages.
export function EmptyState({ title, children, actions }: Props) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children && <div className="t2">{children}</div>}
      {actions && <div className={styles.emptyActions}>{actions}</div>}
    </div>
  );
}
