import { useLive } from "@/api/useLive";
import { live as texts } from "@/texts/common";
import styles from "./shell.module.css";

// Connection is the state of the stream in a corner of the shell; where there is only
// room for icons, the dot remains.
export function Connection() {
  const { state } = useLive();
  return (
    <div className={styles.connection} data-state={state} title={texts[state]}>
      <span className={styles.dot} aria-hidden="true" />
      <span className={styles.text}>{texts[state]}</span>
    </div>
  );
}
