import type { ReactNode } from "react";
import { common } from "@/texts/common";
import { useDocumentTitle } from "@/ui/PageHead";
import styles from "./session.module.css";

// Alone is the frame of pages for people who are not signed in.
export function Alone({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(title);
  return (
    <main id="main" className={styles.page}>
      <p className={styles.product}>{common.product}</p>
      <div className={styles.card}>
        <h1 tabIndex={-1}>{title}</h1>
        {children}
      </div>
    </main>
  );
}
