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
import { type JsonNode, pathStep } from "@/lib/jsonTokens";
import { json as texts } from "@/texts/common";
import styles from "./ui.module.css";

interface Props {
  readonly node: JsonNode;
  readonly label: string;
}

// JsonTree shows a JSON text as a tree that can be walked with the arrow keys. Digits,
// order and escapes are those of the text: it is not parsed into values.
export function JsonTree({ node, label }: Props) {
  const data = useMemo(() => childrenOf(node, "$") ?? [leaf("$", undefined, node)], [node]);
  const tree = useTree({ initialExpandedState: getTreeExpandedState(data, firstLevels(data)) });
  return (
    <div>
      <div className={styles.treeBar}>
        <Button variant="subtle" size="compact-sm" onClick={() => tree.expandAllNodes()}>
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

// What is open at first: two levels, and less of what is long.
function firstLevels(data: readonly TreeNodeData[]): string[] {
  return data.flatMap((one) =>
    one.children
      ? [one.value, ...one.children.filter((child) => (child.children?.length ?? 0) <= 50).map((child) => child.value)]
      : [],
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

function childrenOf(node: JsonNode, path: string): TreeNodeData[] | undefined {
  if (node.kind === "object") {
    // A key may occur twice: the place tells such members apart.
    return node.members.map((m, i) => leaf(`${path}${pathStep(m.key)}#${i}`, m.rawKey, m.value));
  }
  if (node.kind === "array") return node.items.map((item, i) => leaf(`${path}[${i}]`, String(i), item));
  return undefined;
}

function leaf(path: string, key: string | undefined, node: JsonNode): TreeNodeData {
  const children = childrenOf(node, path);
  const value = { value: path, label: <Line name={key} node={node} /> };
  return children && children.length > 0 ? { ...value, children } : value;
}

function Line({ name, node }: { name: string | undefined; node: JsonNode }) {
  return (
    <>
      {name !== undefined && <span className={styles.jsonKey}>{name}</span>}
      {name !== undefined && ": "}
      {node.kind === "object" || node.kind === "array" ? (
        <span className="t3">{summary(node)}</span>
      ) : (
        <span className={styles[`json_${node.kind}`]}>{node.raw}</span>
      )}
    </>
  );
}

const summary = (node: JsonNode): string =>
  node.kind === "object"
    ? `{ ${texts.members(node.members.length)} }`
    : node.kind === "array"
      ? `[ ${texts.items(node.items.length)} ]`
      : "";
