import type { RenderTreeNodePayload } from "@mantine/core";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useLayoutEffect, useRef } from "react";
import type { JsonNode } from "@/lib/jsonTokens";
import { absolute } from "@/lib/time";
import { json as texts } from "@/texts/common";
import { useZone } from "./preferences";
import type { TreeRow } from "./treeRows";
import { said } from "./treeSearch";
import styles from "./ui.module.css";

interface Props {
  readonly row: TreeRow;
  // undefined for what has nothing inside.
  readonly open: boolean | undefined;
  readonly props: RenderTreeNodePayload["elementProps"];
}

// A text that is longer is cut; Raw has all of it.
const longText = 1_000;

// TreeLine is a row of the tree. The tree's items say themselves neither that they are
// open nor what they hold apart from those within.
export function TreeLine({ row, open, props }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const name = said(row, summary) ?? (row.range && texts.range(row.range[0], row.range[1]));
  useLayoutEffect(() => {
    const item = ref.current?.closest("[role=treeitem]");
    if (!item) return;
    if (name !== undefined) item.setAttribute("aria-label", name);
    if (open === undefined) item.removeAttribute("aria-expanded");
    else item.setAttribute("aria-expanded", String(open));
  }, [name, open]);
  return (
    <div {...props} ref={ref} className={`${props.className} ${styles.treeLine}`}>
      <span className={styles.treeArrow} aria-hidden="true">
        {open !== undefined && (open ? <ChevronDown size={14} /> : <ChevronRight size={14} />)}
      </span>
      <span>
        <Line row={row} />
      </span>
    </div>
  );
}

function Line({ row: { name, node, range } }: { row: TreeRow }) {
  if (!node) return <span className="t3">{range && texts.range(range[0], range[1])}</span>;
  return (
    <>
      {name !== undefined && <span className={styles.jsonKey}>{name}</span>}
      {name !== undefined && ": "}
      {"raw" in node ? <Value node={node} /> : <span className="t3">{summary(node)}</span>}
    </>
  );
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/;

function Value({ node }: { node: Extract<JsonNode, { raw: string }> }) {
  const { kind, raw } = node;
  const zone = useZone();
  const cut = raw.length > longText;
  const at = kind === "string" && instant.test(node.value) ? Date.parse(node.value) : Number.NaN;
  return (
    <>
      <span className={styles[`json_${kind}`]} title={Number.isNaN(at) ? undefined : absolute(at, zone)}>
        {cut ? raw.slice(0, longText) : raw}
      </span>
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
