import type { EventTypeRow } from "@/api/eventTypes";

export interface TypeGroup {
  readonly group: string;
  readonly types: readonly EventTypeRow[];
}

// groupTypes keeps the order of the catalogue and leaves out what has none of the words
// that are searched for.
export function groupTypes(types: readonly EventTypeRow[], search: string): readonly TypeGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = types.filter((type) => {
    const text = `${type.name} ${type.group} ${type.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const groups = new Map<string, EventTypeRow[]>();
  for (const type of found) groups.set(type.group, [...(groups.get(type.group) ?? []), type]);
  return [...groups].map(([group, types]) => ({ group, types }));
}
