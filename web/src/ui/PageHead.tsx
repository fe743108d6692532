import { type ReactNode, useEffect } from "react";
import { Link } from "react-router";
import { common } from "@/texts/common";
import styles from "./ui.module.css";

export interface Crumb {
  readonly text: string;
  readonly to?: string;
}

interface Props {
  readonly title: string;
  // The title of the browser's tab where it says more than the heading.
  readonly tabTitle?: string;
  // Drawn instead of the plain title, such as an event type in mono.
  readonly heading?: ReactNode;
  readonly badge?: ReactNode;
  readonly sub?: ReactNode;
  readonly crumbs?: readonly Crumb[];
  readonly actions?: ReactNode;
}

// PageHead is the head of every page: one h1, and the title of the tab. The heading
// takes the focus when the page is come to (see app/RouteFocus).
export function PageHead({ title, tabTitle = title, heading, badge, sub, crumbs, actions }: Props) {
  useDocumentTitle(tabTitle);
  return (
    <>
      {crumbs && (
        <nav aria-label={common.path} className={styles.crumbs}>
          {crumbs.map((crumb, i) => (
            <span key={crumb.text}>
              {i > 0 && " / "}
              {crumb.to ? <Link to={crumb.to}>{crumb.text}</Link> : crumb.text}
            </span>
          ))}
        </nav>
      )}
      <div className={styles.head}>
        <div className={styles.headText}>
          <div className={styles.headTitle}>
            <h1 tabIndex={-1}>{heading ?? title}</h1>
            {badge}
          </div>
          {sub && <div className={styles.headSub}>{sub}</div>}
        </div>
        {actions && <div className={styles.headActions}>{actions}</div>}
      </div>
    </>
  );
}

export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = common.pageTitle(title);
  }, [title]);
}
