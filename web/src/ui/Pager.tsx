import { Button } from "@mantine/core";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import { table } from "@/texts/common";
import styles from "./ui.module.css";

// usePager walks through pages by their cursors. Cursors are never in an address:
// they mean nothing to whom it is sent. A change of `of` begins at the first page.
export function usePager(of: string) {
  const [state, setState] = useState<{ of: string; cursors: readonly string[] }>({ of, cursors: [] });
  const cursors = state.of === of ? state.cursors : [];
  return {
    cursor: cursors.at(-1),
    page: cursors.length + 1,
    next: (cursor: string) => setState({ of, cursors: [...cursors, cursor] }),
    back: () => setState({ of, cursors: cursors.slice(0, -1) }),
    first: () => setState({ of, cursors: [] }),
  };
}

interface Props {
  readonly pager: ReturnType<typeof usePager>;
  readonly next: string | undefined;
}

export function Pager({ pager, next }: Props) {
  if (pager.page === 1 && !next) return null;
  return (
    <nav aria-label={table.pages} className={styles.pager}>
      <Button disabled={pager.page === 1} onClick={pager.back} leftSection={<ChevronLeft className="icon" />}>
        {table.previous}
      </Button>
      <Button
        disabled={!next}
        onClick={() => next && pager.next(next)}
        rightSection={<ChevronRight className="icon" />}
      >
        {table.next}
      </Button>
    </nav>
  );
}
