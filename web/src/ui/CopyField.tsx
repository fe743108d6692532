import { TextInput } from "@mantine/core";
import { useRef } from "react";
import { CopyButton } from "./CopyButton";
import styles from "./ui.module.css";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly what: string;
  readonly description?: string;
}

// CopyField is a value to take along: read-only, selectable, with its button.
export function CopyField({ label, value, what, description }: Props) {
  const ref = useRef<HTMLInputElement>(null);
  return (
    <div className={styles.copyField}>
      <TextInput
        ref={ref}
        label={label}
        value={value}
        description={description}
        readOnly
        classNames={{ input: "mono" }}
      />
      <CopyButton value={value} what={what} shown={ref} variant="default" />
    </div>
  );
}
