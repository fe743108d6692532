import type { Webhook } from "@/api/webhooks";
import { form, headers as headerTexts, conflict as texts } from "@/texts/webhooks";
import type { HeaderRow } from "./headerRules";
import { sameSelection } from "./selection";

export interface Difference {
  readonly field: string;
  readonly yours: string;
  readonly theirs: string;
}

interface Mine {
  readonly eventTypes: readonly string[];
  readonly name: string;
  readonly url: string;
  readonly headers: readonly HeaderRow[];
}

// differences is where a draft and what is saved now say different things.
export function differences(mine: Mine, base: Webhook, current: Webhook): Difference[] {
  const found: Difference[] = [];
  const add = (field: string, yours: string, theirs: string) => {
    if (yours !== theirs) found.push({ field, yours, theirs });
  };
  if (!sameSelection(mine.eventTypes, current.eventTypes)) {
    add(form.events, [...mine.eventTypes].sort().join(", "), [...current.eventTypes].sort().join(", "));
  }
  add(form.name, mine.name.trim(), current.name);
  add(form.url, mine.url, current.url);
  if (base.enabled !== current.enabled) {
    add(texts.enabled, base.enabled ? texts.yes : texts.no, current.enabled ? texts.yes : texts.no);
  }
  return [...found, ...headerDifferences(mine, current)];
}

function headerDifferences(mine: Mine, current: Webhook): Difference[] {
  const yours = new Map(mine.headers.map((row) => [row.name.trim().toLowerCase(), row]));
  const theirs = new Map(current.headers.map((header) => [header.name.toLowerCase(), header]));
  const found: Difference[] = [];
  for (const name of new Set([...yours.keys(), ...theirs.keys()])) {
    const row = yours.get(name);
    const header = theirs.get(name);
    const keptLock = row?.locked && row.value === "" && row.stored?.updatedAt === header?.updatedAt;
    if (row && header && (keptLock || (!row.locked && !header.locked && row.value === header.value))) continue;
    found.push({
      field: `${headerTexts.title}: ${name}`,
      yours: row ? (row.locked ? texts.locked : row.value) : "–",
      theirs: header ? (header.locked ? texts.locked : (header.value ?? "")) : "–",
    });
  }
  return found;
}
