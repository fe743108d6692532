import type { ReactNode } from "react";
import { useId } from "react";
import styles from "./ui.module.css";

interface Props {
  readonly title?: string;
  readonly sub?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  // Tables and code reach to the edges.
  readonly flush?: boolean;
}

export function Card({ title, sub, actions, children, flush = false }: Props) {
  const id = useId();
  return (
    <section className={styles.card} data-flush={flush || undefined} aria-labelledby={title ? id : undefined}>
      {title && (
        <header className={styles.cardHead}>
          <h2 id={id}>{title}</h2>
          {sub && <span className="sub">{sub}</span>}
          {actions && <span className={styles.cardActions}>{actions}</span>}
        </header>
      )}
      {flush ? children : <div className={styles.cardBody}>{children}</div>}
    </section>
  );
}
