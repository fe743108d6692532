import "@mantine/core/styles/Tree.layer.css";
import { Button, getTreeExpandedState, Tree, type TreeNodeData, useTree } from "@mantine/core";
import { type FocusEvent, startTransition, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { type JsonNode, printJson } from "@/lib/jsonTokens";
import { json as texts } from "@/texts/common";
import { CopyButton } from "./CopyButton";
import { TreeLine } from "./TreeLine";
import { TreeSearch } from "./TreeSearch";
import { opened, rowOf, rowsOf, type TreeRow } from "./treeRows";
import { findRows, rowAt } from "./treeSearch";
import styles from "./ui.module.css";
import { useTreeKeys } from "./useTreeKeys";

interface Props {
  readonly node: JsonNode;
  readonly label: string;
}

// How many rows are open at first, and by "Expand all": more would stop the page.
const openAtFirst = 200;
const mostOpen = 300;

// JsonTree shows a JSON text as a tree that can be walked with the arrow keys and
// searched. Digits, order and escapes are those of the text: it is not parsed into
// values.
export function JsonTree({ node, label }: Props) {
  const rows = useMemo(() => rowsOf(node) ?? [rowOf("$", "$", node)], [node]);
  const data = useMemo(() => rows.map(dataOf), [rows]);
  const tree = useTree({ initialExpandedState: getTreeExpandedState(data, opened(rows, openAtFirst, 2)) });
  const box = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string>();
  const keys = useTreeKeys();
  // Much changes at once: it may take longer than the next input waits.
  const expand = (state: Record<string, boolean>) => startTransition(() => tree.setExpandedState(state));
  const { expandedState } = tree;
  const search = useSearch(rows, box, (around) => {
    if (around.some((value) => !expandedState[value])) {
      expand({ ...expandedState, ...Object.fromEntries(around.map((value) => [value, true])) });
    }
  });
  const row = chosen === undefined ? undefined : rowAt(rows, chosen);

  // Walking through the tree and looking for something do not make it anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tree is another one when what is open changes
  const lines = useMemo(
    () => (
      <Tree
        data={data}
        tree={tree}
        aria-label={label}
        className={styles.tree}
        levelOffset={16}
        renderNode={({ node: { nodeProps }, expanded, hasChildren, elementProps }) => (
          <TreeLine row={nodeProps?.row} open={hasChildren ? expanded : undefined} props={elementProps} />
        )}
        onKeyDown={keys}
        onFocus={(event: FocusEvent<HTMLElement>) => setChosen(event.target.dataset.value)}
      />
    ),
    [data, expandedState, label, keys],
  );
  return (
    <div>
      <div className={styles.treeBar}>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => expand(getTreeExpandedState(data, opened(rows, mostOpen)))}
        >
          {texts.expandAll}
        </Button>
        <Button variant="subtle" size="compact-sm" onClick={() => expand(getTreeExpandedState(data, []))}>
          {texts.collapseAll}
        </Button>
        <TreeSearch label={label} {...search.box} />
      </div>
      <div ref={box} className={styles.code}>
        {lines}
      </div>
      {row?.node && row.path !== undefined && <Chosen node={row.node} path={row.path} />}
    </div>
  );
}

// Chosen is what can be had of the value that had the focus last. It stands behind the
// tree, where Tab leads from there.
function Chosen({ node, path }: { node: JsonNode; path: string }) {
  const value = () => Promise.resolve(node.kind === "string" ? node.value : printJson(node));
  return (
    <section className={styles.treeFoot} aria-label={texts.chosen}>
      <span className="mono sub">{path}</span>
      <CopyButton value={value} what={texts.value} label={texts.copyValue} />
      <CopyButton value={path} what={texts.path} label={texts.copyPath} />
    </section>
  );
}

// useSearch is what is looked for, and the place that is shown of it. The tree follows
// the typing when there is time.
function useSearch(
  rows: readonly TreeRow[],
  box: React.RefObject<HTMLElement | null>,
  open: (around: readonly string[]) => void,
) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(text);
  const place = useDeferredValue(at);
  const hits = useMemo(() => findRows(rows, wanted), [rows, wanted]);
  const values = useMemo(() => new Set(hits.map(({ value }) => value)), [hits]);
  const hit = hits[place];
  const newest = useRef(open);
  newest.current = open;
  useEffect(() => {
    if (hit) newest.current(hit.around);
  }, [hit]);
  const shown = useRef<string>(undefined);
  // A place is there once what is around it is open.
  useEffect(() => {
    for (const item of box.current?.querySelectorAll<HTMLElement>("[role=treeitem]") ?? []) {
      const { value = "" } = item.dataset;
      if (!values.has(value)) delete item.dataset.hit;
      else item.dataset.hit = value === hit?.value ? "current" : "other";
      if (value !== hit?.value || shown.current === value) continue;
      shown.current = value;
      item.scrollIntoView({ block: "nearest" });
    }
    if (!hit) shown.current = undefined;
  });
  return {
    box: {
      text,
      onText(next: string) {
        setText(next);
        setAt(0);
      },
      at,
      hits: hits.length,
      onStep: (by: 1 | -1) => hits.length > 0 && setAt((at + by + hits.length) % hits.length),
    },
  };
}

function dataOf(row: TreeRow): TreeNodeData {
  const data = { value: row.value, label: row.name ?? "", nodeProps: { row } };
  return row.children ? { ...data, children: row.children.map(dataOf) } : data;
}
