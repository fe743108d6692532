import { Skeleton } from "@mantine/core";
import { ArrowDown, ArrowUp } from "lucide-react";
import { Fragment, type MouseEvent, type ReactNode, useRef } from "react";
import { table as texts } from "@/texts/common";
import { ErrorCard } from "./ErrorCard";
import styles from "./table.module.css";
import { useDelayed } from "./useDelayed";
import { useRowKeys } from "./useRowKeys";

export interface Column<T> {
  readonly key: string;
  readonly head: string;
  readonly cell: (row: T) => ReactNode;
  // Numbers are aligned on the right.
  readonly numeric?: boolean;
  // Left out below 1180 px, or below 900 px as well.
  readonly hide?: "medium" | "narrow";
  // The cell says what the row is about: it is read with the others.
  readonly rowHead?: boolean;
  // The head is for screen readers only, as over buttons.
  readonly quiet?: boolean;
  // On phones the first cell has a line of its own, unless it says that it is beside
  // another; "rest" takes what a line has left.
  readonly phone?: "beside" | "rest";
  readonly sort?: { readonly order: "ascending" | "descending" | undefined; readonly onSort: () => void };
}

interface Props<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  // undefined while it is loaded for the first time.
  readonly rows: readonly T[] | undefined;
  readonly rowKey: (row: T) => string;
  // Rows whose first cell holds <a data-row-link> are opened by a click anywhere and
  // walked with j and k.
  readonly twoLine?: boolean;
  readonly error?: unknown;
  readonly onRetry?: () => void;
  // Shown instead of the table: nothing exists, no result, or out of retention.
  readonly empty?: ReactNode;
  readonly refreshing?: boolean;
  readonly skeletonRows?: number;
  readonly selected?: string | undefined;
  // A second line under a row, such as its attempts. A row with <button data-row-toggle>
  // opens and closes it with the arrow keys.
  readonly detail?: (row: T) => ReactNode;
  // Rows that have just come; they are tinted for a second.
  readonly fresh?: ReadonlySet<string>;
}

// DataTable is the one table of the console: all lists behave alike because of it.
export function DataTable<T>(props: Props<T>) {
  const { caption, columns, rows, rowKey, error, skeletonRows = 6 } = props;
  const ref = useRef<HTMLTableElement>(null);
  const waiting = useDelayed(rows === undefined && !error);
  useRowKeys(ref);

  if (rows === undefined && error) return <ErrorCard error={error} onRetry={props.onRetry} />;
  if (rows?.length === 0 && props.empty) return <div className={styles.frame}>{props.empty}</div>;
  return (
    <>
      {rows !== undefined && Boolean(error) && <ErrorCard error={error} onRetry={props.onRetry} />}
      <div className={styles.frame} data-refreshing={props.refreshing || undefined}>
        <table
          ref={ref}
          className={styles.table}
          data-two-line={props.twoLine || undefined}
          aria-busy={rows === undefined}
        >
          <caption className="hidden-visually">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Head key={column.key} column={column} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows === undefined && waiting && <Skeletons columns={columns} rows={skeletonRows} />}
            {rows?.map((row) => (
              <Row key={rowKey(row)} row={row} {...props} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Head<T>({ column }: { column: Column<T> }) {
  const { head, sort } = column;
  const text = column.quiet ? <span className="hidden-visually">{head}</span> : head;
  return (
    <th scope="col" className={column.numeric ? "num" : undefined} data-hide={column.hide} aria-sort={sort?.order}>
      {sort ? (
        <button type="button" className={styles.sort} onClick={sort.onSort} title={texts.sortBy(head)}>
          {text}
          {sort.order === "ascending" && <ArrowUp aria-hidden="true" />}
          {sort.order === "descending" && <ArrowDown aria-hidden="true" />}
        </button>
      ) : (
        text
      )}
    </th>
  );
}

function Row<T>({ row, columns, rowKey, selected, detail, fresh }: Props<T> & { row: T }) {
  const key = rowKey(row);
  const more = detail?.(row);
  return (
    <Fragment>
      <tr
        onClick={openRow}
        data-key={key}
        data-fresh={fresh?.has(key) || undefined}
        aria-current={selected === key ? "true" : undefined}
      >
        {columns.map((column) => (
          <Cell key={column.key} column={column}>
            {column.cell(row)}
          </Cell>
        ))}
      </tr>
      {more && (
        <tr className={styles.detail} id={detailId(key)} data-of={key}>
          <td colSpan={columns.length}>{more}</td>
        </tr>
      )}
    </Fragment>
  );
}

// detailId is where a button of the row finds what is under it.
export const detailId = (key: string): string => `under-${key}`;

function Cell<T>({ column, children }: { column: Column<T>; children: ReactNode }) {
  const props = {
    className: column.numeric ? "num" : undefined,
    "data-hide": column.hide,
    "data-quiet": column.quiet,
    "data-phone": column.phone,
    "data-head": column.quiet ? undefined : column.head,
  };
  if (!column.rowHead) return <td {...props}>{children}</td>;
  return (
    <th scope="row" {...props}>
      {children}
    </th>
  );
}

// openRow follows the link of a row that was clicked beside it, unless the click was
// for something in the row or ended a selection of text.
function openRow(event: MouseEvent<HTMLTableRowElement>): void {
  if (!(event.target instanceof Element) || event.defaultPrevented) return;
  if (event.target.closest("a, button, input, label, select, textarea, [role=menu], [role=dialog]")) return;
  if (getSelection()?.type === "Range") return;
  const link = event.currentTarget.querySelector<HTMLAnchorElement>("a[data-row-link]");
  const { ctrlKey, metaKey, shiftKey } = event;
  link?.dispatchEvent(new window.MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }));
}

function Skeletons<T>({ columns, rows }: { columns: readonly Column<T>[]; rows: number }) {
  return Array.from({ length: rows }, (_, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: these rows are all alike
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row is not focusable
    <tr key={i} aria-hidden="true">
      {columns.map((column, at) => (
        <td key={column.key} data-hide={column.hide} data-quiet={column.quiet}>
          <Skeleton height={12} width={column.quiet ? 16 : at === 0 ? "70%" : "50%"} />
        </td>
      ))}
    </tr>
  ));
}
