import { useMemo, useState } from "react";
import type { Tagged, WebhookChange } from "@/api/webhooks";
import type { WebhookFields } from "./fields";
import { bodyOf, changedHeaders, type HeaderRow, rowsOf } from "./headerRules";
import { sameSelection } from "./selection";

export interface Draft extends WebhookFields {
  readonly headers: readonly HeaderRow[];
}

const draftOf = ({ webhook }: Tagged): Draft => ({
  eventTypes: webhook.eventTypes,
  name: webhook.name,
  url: webhook.url,
  headers: rowsOf(webhook.headers),
});

// useSettings is what a person has changed of a webhook, over the version that they
// saw. A newer version that the server sends replaces it while nothing is changed, or
// where it differs in nothing that is edited here: disabling, or a new signing key, is no
// conflict. Otherwise saving finds the conflict.
export function useSettings(newest: Tagged) {
  const [base, setBase] = useState(newest);
  const [draft, setDraft] = useState(() => draftOf(newest));
  const changed = useMemo(() => changesOf(draft, base), [draft, base]);
  const changes = changed.fields.length + changed.headers;
  if (newest.etag !== base.etag && (changes === 0 || sameFields(newest, base))) {
    setBase(newest);
    if (changes === 0) setDraft(draftOf(newest));
  }
  return {
    base,
    draft,
    changes,
    body: changed.body,
    set: (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part })),
    // begin starts anew from a version that was saved or loaded.
    begin(tagged: Tagged) {
      setBase(tagged);
      setDraft(draftOf(tagged));
    },
  };
}

export type Settings = ReturnType<typeof useSettings>;

// sameFields says whether two versions agree in all that a person edits here.
const sameFields = ({ webhook: a }: Tagged, { webhook: b }: Tagged): boolean =>
  a.name === b.name &&
  a.url === b.url &&
  sameSelection(a.eventTypes, b.eventTypes) &&
  JSON.stringify(a.headers) === JSON.stringify(b.headers);

export function changesOf(draft: Draft, { webhook }: Tagged) {
  const body: { -readonly [K in keyof WebhookChange]: WebhookChange[K] } = {};
  const fields: (keyof WebhookFields)[] = [];
  if (!sameSelection(draft.eventTypes, webhook.eventTypes)) {
    fields.push("eventTypes");
    body.eventTypes = [...draft.eventTypes];
  }
  if (draft.name.trim() !== webhook.name) {
    fields.push("name");
    body.name = draft.name.trim();
  }
  if (draft.url !== webhook.url) {
    fields.push("url");
    body.url = draft.url;
  }
  const headers = changedHeaders(draft.headers, webhook.headers);
  // Values of locked headers belong to a host: with another URL the server wants to
  // hear about them.
  const locked = draft.headers.some((row) => row.locked);
  if (headers > 0 || (body.url !== undefined && locked)) body.headers = bodyOf(draft.headers);
  return { fields, headers, body };
}
