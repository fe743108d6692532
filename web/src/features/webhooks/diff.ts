import type { Webhook, WebhookChange } from "@/api/webhooks";
import { form, headers as headerTexts, conflict as texts } from "@/texts/webhooks";
import { type HeaderRow, keepsValue } from "./headerRules";
import { sameSelection } from "./selection";

export interface Difference {
  readonly field: string;
  readonly yours: string;
  readonly theirs: string;
}

// differences is what saving a change over what is saved now would alter. Fields that
// the change does not touch stay as they are. The rows are the headers of the change as
// they are edited.
export function differences(change: WebhookChange, rows: readonly HeaderRow[], current: Webhook): Difference[] {
  const found: Difference[] = [];
  const add = (field: string, yours: string | undefined, theirs: string) => {
    if (yours !== undefined && yours !== theirs) found.push({ field, yours, theirs });
  };
  const { eventTypes } = change;
  if (eventTypes && !sameSelection(eventTypes, current.eventTypes)) {
    add(form.events, [...eventTypes].sort().join(", "), [...current.eventTypes].sort().join(", "));
  }
  add(form.name, change.name, current.name);
  add(form.url, change.url, current.url);
  // Headers are saved as a whole: one that somebody else has added goes.
  return change.headers ? [...found, ...headerDifferences(rows, current)] : found;
}

function headerDifferences(rows: readonly HeaderRow[], current: Webhook): Difference[] {
  const yours = new Map(rows.map((row) => [row.name.trim().toLowerCase(), row]));
  const theirs = new Map(current.headers.map((header) => [header.name.toLowerCase(), header]));
  const found: Difference[] = [];
  for (const name of new Set([...yours.keys(), ...theirs.keys()])) {
    const row = yours.get(name);
    const header = theirs.get(name);
    // A lock without a new value keeps the one that the server has now, whoever gave it.
    const keptLock = row && header?.locked && row.value === "" && keepsValue(row);
    if (row && header && (keptLock || (!row.locked && !header.locked && row.value === header.value))) continue;
    found.push({
      field: `${headerTexts.title}: ${name}`,
      yours: row ? (row.locked ? texts.locked : row.value) : "–",
      theirs: header ? (header.locked ? texts.locked : (header.value ?? "")) : "–",
    });
  }
  return found;
}
