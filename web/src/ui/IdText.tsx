import { truncateMiddle } from "@/lib/format";
import { CopyButton } from "./CopyButton";
import styles from "./ui.module.css";

// IdText shows an identifier shortened in the middle and copies all of it.
export function IdText({ id, what, max = 12 }: { id: string; what: string; max?: number }) {
  return (
    <span className={styles.id}>
      <span className="mono" title={id}>
        {truncateMiddle(id, max)}
      </span>
      <CopyButton value={id} what={what} />
    </span>
  );
}
