import { SegmentedControl } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { tryParseJson } from "@/lib/jsonTokens";
import { json as texts } from "@/texts/common";
import { CodeBlock, shownChars } from "./CodeBlock";
import styles from "./ui.module.css";

const Tree = lazy(() => import("./JsonTree").then(({ JsonTree }) => ({ default: JsonTree })));

interface Props {
  readonly text: string;
  // "Request body"
  readonly label: string;
}

// BodyView shows a body as a tree if it is JSON, and as the text that it is.
export function BodyView({ text, label }: Props) {
  const node = useMemo(() => (text.length <= shownChars ? tryParseJson(text) : undefined), [text]);
  const nested = node?.kind === "object" || node?.kind === "array";
  const [view, setView] = useState("tree");
  if (!nested) return <CodeBlock text={text} label={label} wrap />;
  return (
    <div>
      <div className={styles.bodyBar}>
        <SegmentedControl
          aria-label={label}
          value={view}
          onChange={setView}
          data={[
            { value: "tree", label: texts.tree },
            { value: "raw", label: texts.raw },
          ]}
        />
      </div>
      {view === "tree" ? (
        <Suspense>
          <Tree node={node} label={label} />
        </Suspense>
      ) : (
        <CodeBlock text={text} label={label} wrap />
      )}
    </div>
  );
}
