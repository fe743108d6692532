import { ActionIcon, TextInput } from "@mantine/core";
import { ChevronDown, ChevronUp } from "lucide-react";
import { json as texts } from "@/texts/common";
import { mostHits } from "./treeSearch";
import styles from "./ui.module.css";

interface Props {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  // Which of the hits is shown, from 0.
  readonly at: number;
  readonly hits: number;
  readonly onStep: (by: 1 | -1) => void;
}

// TreeSearch looks for a text in a tree. Enter goes on to the next place, Shift+Enter
// back, Escape ends it.
export function TreeSearch({ label, text, onText, at, hits, onStep }: Props) {
  return (
    <span className={styles.treeSearch}>
      <span className="sub" role="status">
        {text !== "" && (hits > 0 ? texts.place(at + 1, hits, hits >= mostHits) : texts.nothing)}
      </span>
      <TextInput
        type="search"
        aria-label={texts.search(label)}
        placeholder={texts.searchHint}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onStep(event.shiftKey ? -1 : 1);
          if (event.key !== "Escape") return;
          event.preventDefault();
          if (text === "") event.currentTarget.blur();
          onText("");
        }}
      />
      {hits > 1 && (
        <>
          <ActionIcon aria-label={texts.previousHit} onClick={() => onStep(-1)}>
            <ChevronUp className="icon" />
          </ActionIcon>
          <ActionIcon aria-label={texts.nextHit} onClick={() => onStep(1)}>
            <ChevronDown className="icon" />
          </ActionIcon>
        </>
      )}
    </span>
  );
}
