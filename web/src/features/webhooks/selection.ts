// A selection of events as the API has it: names, patterns such as "User.*", and "*".

export interface EventTypeLike {
  readonly name: string;
  readonly group: string;
}

export interface Group<T extends EventTypeLike> {
  readonly title: string;
  // "User.*" where all names of the group begin alike; undefined otherwise.
  readonly pattern: string | undefined;
  readonly types: readonly T[];
}

export const everything = "*";

const isPattern = (entry: string): boolean => entry === everything || entry.endsWith(".*");

export function covers(entry: string, name: string): boolean {
  if (entry === everything || entry === name) return true;
  return entry.endsWith(".*") && name.startsWith(entry.slice(0, -1));
}

export const isSelected = (selection: readonly string[], name: string): boolean =>
  selection.some((entry) => covers(entry, name));

// expand is the names that a selection means today.
export const expand = (selection: readonly string[], types: readonly EventTypeLike[]): string[] =>
  types.map((t) => t.name).filter((name) => isSelected(selection, name));

// The groups of Logto's event types, as Logto's people look for them.
const usualOrder: readonly string[] = [
  "User interaction",
  "User",
  "Organization",
  "Role",
  "Organization role",
  "Permission",
  "Organization permission",
  "Security",
];

const placeOf = (title: string): number => {
  const place = usualOrder.indexOf(title);
  return place < 0 ? usualOrder.length : place;
};

// groupsOf has the usual groups in their order, then own ones. Otherwise it keeps the
// order in which groups and types are given. Types without a group are grouped by the
// beginning of their names.
export function groupsOf<T extends EventTypeLike>(types: readonly T[], others: string): Group<T>[] {
  const groups = new Map<string, T[]>();
  for (const type of types) {
    const dot = type.name.indexOf(".");
    const title = type.group || (dot > 0 ? type.name.slice(0, dot) : others);
    const group = groups.get(title);
    if (group) group.push(type);
    else groups.set(title, [type]);
  }
  return [...groups]
    .sort(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([title, members]) => ({ title, types: members, pattern: patternOf(members) }));
}

function patternOf(types: readonly EventTypeLike[]): string | undefined {
  const beginnings = new Set(types.map((t) => t.name.split(".")[0] ?? ""));
  const [beginning = ""] = beginnings;
  const dotted = types.every((t) => t.name.includes("."));
  return beginnings.size === 1 && dotted ? `${beginning}.*` : undefined;
}

// toggleName selects a type or leaves it out. What a pattern selected stays selected,
// by name.
export function toggleName(selection: readonly string[], name: string, types: readonly EventTypeLike[]): string[] {
  if (!isSelected(selection, name)) return [...selection, name];
  return leaveOut(selection, [name], types);
}

function leaveOut(selection: readonly string[], names: readonly string[], types: readonly EventTypeLike[]): string[] {
  const out = new Set(names);
  const kept: string[] = [];
  for (const entry of selection) {
    if (!names.some((name) => covers(entry, name))) kept.push(entry);
    else if (isPattern(entry))
      kept.push(...types.map((t) => t.name).filter((name) => covers(entry, name) && !out.has(name)));
  }
  return [...new Set(kept)];
}

// toggleGroup selects the types that a group has today, or leaves all of them out.
export function toggleGroup(
  selection: readonly string[],
  group: Group<EventTypeLike>,
  types: readonly EventTypeLike[],
): string[] {
  const names = group.types.map((t) => t.name);
  const missing = names.filter((name) => !isSelected(selection, name));
  return missing.length > 0 ? [...selection, ...missing] : leaveOut(selection, names, types);
}

// togglePattern selects a group with what it will have, or goes back to what it has.
export function togglePattern(
  selection: readonly string[],
  pattern: string,
  types: readonly EventTypeLike[],
): string[] {
  if (selection.includes(pattern)) {
    const names = types.map((t) => t.name).filter((name) => covers(pattern, name));
    return [...new Set([...selection.filter((entry) => entry !== pattern), ...names])];
  }
  return [...selection.filter((entry) => !covers(pattern, entry)), pattern];
}

export const toggleAll = (selection: readonly string[], types: readonly EventTypeLike[]): string[] =>
  selection.includes(everything) ? expand(selection, types) : [everything];

// normalize orders a selection for comparing: as a set.
export const sameSelection = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && [...a].sort().join("\n") === [...b].sort().join("\n");
