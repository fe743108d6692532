import "@mantine/core/styles/Tree.layer.css";
import {
  Button,
  getTreeExpandedState,
  type RenderTreeNodePayload,
  Tree,
  type TreeNodeData,
  useTree,
} from "@mantine/core";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import type { JsonNode } from "@/lib/jsonTokens";
import { json as texts } from "@/texts/common";
import { opened, rowOf, rowsOf, type TreeRow } from "./treeRows";
import styles from "./ui.module.css";

interface Props {
  readonly node: JsonNode;
  readonly label: string;
}

// How many rows are open at first, and by "Expand all": more would stop the page.
const openAtFirst = 200;
const mostOpen = 1_000;

// A text that is longer is cut; Raw has all of it.
const longText = 1_000;

// JsonTree shows a JSON text as a tree that can be walked with the arrow keys. Digits,
// order and escapes are those of the text: it is not parsed into values.
export function JsonTree({ node, label }: Props) {
  const rows = useMemo(() => rowsOf(node) ?? [rowOf("$", node)], [node]);
  const data = useMemo(() => rows.map(dataOf), [rows]);
  const tree = useTree({ initialExpandedState: getTreeExpandedState(data, opened(rows, openAtFirst, 2)) });
  return (
    <div>
      <div className={styles.treeBar}>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => tree.setExpandedState(getTreeExpandedState(data, opened(rows, mostOpen)))}
        >
          {texts.expandAll}
        </Button>
        <Button variant="subtle" size="compact-sm" onClick={() => tree.collapseAllNodes()}>
          {texts.collapseAll}
        </Button>
      </div>
      <div className={styles.code}>
        <Tree data={data} tree={tree} aria-label={label} className={styles.tree} levelOffset={16} renderNode={line} />
      </div>
    </div>
  );
}

function line({ node, expanded, hasChildren, elementProps }: RenderTreeNodePayload): ReactNode {
  return (
    <div {...elementProps} className={`${elementProps.className} ${styles.treeLine}`}>
      <span className={styles.treeArrow} aria-hidden="true">
        {hasChildren && (expanded ? <ChevronDown size={14} /> : <ChevronRight size={14} />)}
      </span>
      <span>{node.label}</span>
    </div>
  );
}

function dataOf(row: TreeRow): TreeNodeData {
  const data = { value: row.value, label: <Line row={row} /> };
  return row.children ? { ...data, children: row.children.map(dataOf) } : data;
}

function Line({ row: { name, node, range } }: { row: TreeRow }) {
  if (!node) return <span className="t3">{range && texts.range(range[0], range[1])}</span>;
  return (
    <>
      {name !== undefined && <span className={styles.jsonKey}>{name}</span>}
      {name !== undefined && ": "}
      {node.kind === "object" || node.kind === "array" ? (
        <span className="t3">{summary(node)}</span>
      ) : (
        <Value kind={node.kind} raw={node.raw} />
      )}
    </>
  );
}

function Value({ kind, raw }: { kind: JsonNode["kind"]; raw: string }) {
  const cut = raw.length > longText;
  return (
    <>
      <span className={styles[`json_${kind}`]}>{cut ? raw.slice(0, longText) : raw}</span>
      {cut && <span className="t3"> {texts.more(raw.length - longText)}</span>}
    </>
  );
}

const summary = (node: JsonNode): string =>
  node.kind === "object"
    ? `{ ${texts.members(node.members.length)} }`
    : node.kind === "array"
      ? `[ ${texts.items(node.items.length)} ]`
      : "";
