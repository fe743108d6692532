import { useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useLocation } from "react-router";
import { isObject } from "@/lib/apiError";
import styles from "./requests.module.css";

// useHasPanel says whether the request of the address stands beside the list: it was
// opened from there, and there is room.
export function useHasPanel(): boolean {
  const { state } = useLocation();
  const wide = useMediaQuery("(min-width: 1200px)", undefined, { getInitialValueInEffect: false });
  return wide === true && isObject(state) && state.panel === true;
}

interface Props {
  readonly panel: ReactNode;
  readonly children: ReactNode;
}

// PanelLayout is the list, and what is open beside it.
export function PanelLayout({ panel, children }: Props) {
  return (
    <div className={styles.layout} data-panel={panel ? true : undefined}>
      <div className={styles.side}>{children}</div>
      {panel && <div className={styles.panel}>{panel}</div>}
    </div>
  );
}
