import { type DeliveryRow, further } from "@/api/deliveries";
import { fits, type RequestFilter } from "./filters";

export interface Page {
  readonly items: readonly DeliveryRow[];
  readonly next?: string | undefined;
}

interface Options {
  readonly page: Page;
  // What the stream has told since, by id.
  readonly told: ReadonlyMap<string, DeliveryRow>;
  readonly filter: RequestFilter;
  // Rows on the screen: they are not thrown out by a change.
  readonly shown: ReadonlySet<string>;
  // New rows belong to the first page alone.
  readonly first: boolean;
  readonly now: number;
}

// mergeRows is a page as the server answered it, with what the stream has told since:
// rows change in place, and new ones that fit the filter come on top.
export function mergeRows({ page, told, filter, shown, first, now }: Options): readonly DeliveryRow[] {
  const known = new Set(page.items.map((row) => row.id));
  const items = page.items.map((row) => {
    const newer = told.get(row.id);
    return newer && further(newer, row) ? newer : row;
  });
  const oldest = page.next ? (page.items.at(-1)?.acceptedAt ?? "") : "";
  const more = [...told.values()].filter(
    (row) =>
      !known.has(row.id) &&
      row.acceptedAt >= oldest &&
      (shown.has(row.id) || (first && fits(filter, row, now) === true)),
  );
  if (more.length === 0) return items;
  return [...items, ...more].sort((a, b) => (a.acceptedAt < b.acceptedAt ? 1 : a.acceptedAt > b.acceptedAt ? -1 : 0));
}
