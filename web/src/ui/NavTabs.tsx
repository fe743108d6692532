import { NavLink } from "react-router";
import styles from "./ui.module.css";

interface Props {
  readonly label: string;
  readonly tabs: readonly { readonly to: string; readonly text: string; readonly end?: boolean }[];
}

// NavTabs are tabs with addresses: links, of which the present one is marked.
export function NavTabs({ label, tabs }: Props) {
  return (
    <nav aria-label={label} className={styles.tabs}>
      {tabs.map((tab) => (
        <NavLink key={tab.to} to={tab.to} end={tab.end ?? false}>
          {tab.text}
        </NavLink>
      ))}
    </nav>
  );
}
