import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { requests as texts } from "@/texts/requests";
import styles from "./requests.module.css";

interface Props {
  // What stands beside it, on the right.
  readonly id: string;
  readonly width: number;
  readonly least: number;
  readonly most: number;
  readonly onDrag: (width: number) => void;
  // Told once it is decided.
  readonly onWidth: (width: number) => void;
}

const stepPx = 20;
const usualPx = 560;

// PanelEdge makes the request beside the list wider or narrower: it is dragged, or moved
// with the arrow keys. Enter and a double click give it its usual width back.
export function PanelEdge({ id, width, least, most, onDrag, onWidth }: Props) {
  const [grip, setGrip] = useState<number>();
  const within = (wanted: number) => Math.round(Math.min(most, Math.max(least, wanted)));
  function key(event: KeyboardEvent) {
    const next: Partial<Record<string, number>> = {
      ArrowLeft: width + stepPx,
      ArrowRight: width - stepPx,
      Home: least,
      End: most,
      Enter: usualPx,
    };
    const wanted = next[event.key];
    if (wanted === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onWidth(within(wanted));
  }
  function down(event: PointerEvent<HTMLElement>) {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.focus({ preventScroll: true });
    event.currentTarget.setPointerCapture(event.pointerId);
    setGrip(event.clientX + width);
  }
  // It ends where it was let go, whether or not the way there has been shown.
  function up(event: PointerEvent) {
    if (grip === undefined) return;
    setGrip(undefined);
    onWidth(within(grip - event.clientX));
  }
  function cancel() {
    if (grip === undefined) return;
    setGrip(undefined);
    onWidth(width);
  }
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={texts.panelWidth}
      aria-controls={id}
      aria-valuenow={width}
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuetext={texts.pixels(width)}
      tabIndex={0}
      className={styles.edge}
      data-dragged={grip !== undefined || undefined}
      onKeyDown={key}
      onPointerDown={down}
      onPointerMove={(event) => grip !== undefined && onDrag(within(grip - event.clientX))}
      onPointerUp={up}
      onPointerCancel={cancel}
      onDoubleClick={() => onWidth(within(usualPx))}
    />
  );
}
