import { Button } from "@mantine/core";
import { useEffect } from "react";
import { useBlocker } from "react-router";
import { common, unsaved } from "@/texts/common";
import { ConfirmDialog } from "./ConfirmDialog";
import styles from "./ui.module.css";

interface Props {
  readonly changes: number;
  readonly onDiscard: () => void;
  readonly onSave: () => void;
  readonly busy?: boolean;
}

// UnsavedBar sticks to the bottom while there are changes, saves them with Ctrl+S, and
// asks once before the page is left.
export function UnsavedBar({ changes, onDiscard, onSave, busy = false }: Props) {
  const dirty = changes > 0;
  useEffect(() => {
    if (!dirty) return;
    const key = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        onSave();
      }
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [dirty, onSave]);
  return (
    <>
      <LeaveQuestion dirty={dirty} />
      {dirty && (
        <section className={styles.unsaved} aria-label={unsaved.region}>
          <span role="status">{unsaved.changes(changes)}</span>
          <span className={styles.grow} />
          <Button onClick={onDiscard} disabled={busy}>
            {common.discard}
          </Button>
          <Button variant="filled" onClick={onSave} loading={busy}>
            {unsaved.save}
          </Button>
        </section>
      )}
    </>
  );
}

// LeaveQuestion asks once when a page with changes is left, also by closing the tab.
export function LeaveQuestion({ dirty }: { dirty: boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [dirty]);
  return (
    <ConfirmDialog
      opened={blocker.state === "blocked"}
      onClose={() => blocker.reset?.()}
      title={unsaved.leaveTitle}
      confirm={unsaved.leave}
      cancel={unsaved.stay}
      onConfirm={() => blocker.proceed?.()}
      danger
    >
      <p>{unsaved.leaveBody}</p>
    </ConfirmDialog>
  );
}
