import { useRef } from "react";
import { bytes as sizeOf } from "@/lib/format";
import { json } from "@/texts/common";
import { CopyButton } from "./CopyButton";
import styles from "./ui.module.css";

interface Props {
  readonly text: string;
  // Names the region and what is copied: "Request body".
  readonly label: string;
  readonly wrap?: boolean;
  readonly copy?: boolean;
  // More is not shown, so that a large text does not freeze the page.
  readonly max?: number;
}

export const shownChars = 256 * 1024;

// CodeBlock shows text as it is, never as a page; it can be scrolled by keyboard.
export function CodeBlock({ text, label, wrap = false, copy = true, max = shownChars }: Props) {
  const ref = useRef<HTMLPreElement>(null);
  const cut = text.length > max;
  return (
    <div className={styles.codeFrame}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <section className={styles.code} tabIndex={0} aria-label={label}>
        <pre ref={ref} className={wrap ? styles.wrapped : undefined}>
          {cut ? text.slice(0, max) : text}
        </pre>
      </section>
      {cut && <p className="sub">{json.cut(sizeOf(max), sizeOf(text.length))}</p>}
      {copy && (
        <span className={styles.codeCopy}>
          <CopyButton value={text} what={label.toLowerCase()} shown={ref} />
        </span>
      )}
    </div>
  );
}
