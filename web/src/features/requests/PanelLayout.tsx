import { useElementSize, useMediaQuery } from "@mantine/hooks";
import { type CSSProperties, type ReactNode, useId, useState } from "react";
import { useLocation } from "react-router";
import { isObject } from "@/lib/apiError";
import { preferences, useStore } from "@/ui/preferences";
import { PanelEdge } from "./PanelEdge";
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

// Neither the request nor the list gets narrower than this.
const leastPanel = 400;
const leastList = 320;

// PanelLayout is the list, and what is open beside it, as wide as a person wants it.
export function PanelLayout({ panel, children }: Props) {
  const { ref, width: room } = useElementSize<HTMLDivElement>();
  const id = useId();
  const wanted = useStore(preferences.panel);
  const [dragged, setDragged] = useState<number>();
  const most = Math.max(leastPanel, room - leastList);
  const width = Math.min(most, Math.max(leastPanel, dragged ?? wanted));
  return (
    <div
      ref={ref}
      className={styles.layout}
      data-panel={panel ? true : undefined}
      style={{ "--panel": `${width}px` } as CSSProperties}
    >
      <div className={styles.side}>{children}</div>
      {panel && (
        <div className={styles.beside}>
          <PanelEdge
            id={id}
            width={width}
            least={leastPanel}
            most={most}
            onDrag={setDragged}
            onWidth={(next) => {
              setDragged(undefined);
              preferences.panel.set(next);
            }}
          />
          <div id={id} className={styles.panel}>
            {panel}
          </div>
        </div>
      )}
    </div>
  );
}
