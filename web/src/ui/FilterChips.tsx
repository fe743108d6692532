import { count } from "@/lib/format";
import styles from "./ui.module.css";

interface Props<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly chips: readonly { readonly value: T; readonly text: string; readonly count?: number | string | undefined }[];
}

// FilterChips choose one of a few filters; each says how many it would show.
export function FilterChips<T extends string>({ label, value, onChange, chips }: Props<T>) {
  return (
    <fieldset className={styles.chips} aria-label={label}>
      {chips.map((chip) => (
        <button
          key={chip.value}
          type="button"
          className={styles.chip}
          aria-pressed={chip.value === value}
          onClick={() => onChange(chip.value)}
        >
          {chip.text}
          {chip.count !== undefined && ` ${typeof chip.count === "number" ? count(chip.count) : chip.count}`}
        </button>
      ))}
    </fieldset>
  );
}
