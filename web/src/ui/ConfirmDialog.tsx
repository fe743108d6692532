import { Button, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { common } from "@/texts/common";
import { FormError } from "./ErrorCard";
import styles from "./ui.module.css";

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly danger?: boolean;
  readonly busy?: boolean;
  readonly error?: unknown;
  // For what has to be typed first.
  readonly disabled?: boolean;
  readonly cancel?: string;
}

// ConfirmDialog asks before something that cannot be taken back. Cancel has the focus.
export function ConfirmDialog(props: Props) {
  const { opened, onClose, title, children, confirm, onConfirm, danger = false, busy = false } = props;
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={460}>
      <div className={styles.dialogBody}>{children}</div>
      <FormError error={props.error} />
      <div className={styles.dialogActions}>
        <Button onClick={onClose} data-autofocus>
          {props.cancel ?? common.cancel}
        </Button>
        <Button
          variant="filled"
          {...(danger ? { color: "red" } : {})}
          onClick={onConfirm}
          loading={busy}
          disabled={props.disabled ?? false}
        >
          {confirm}
        </Button>
      </div>
    </Modal>
  );
}
