// looksLikeId says whether a text may be an identifier of this server: 21 characters, or
// the 32 digits of an inbox.
export const looksLikeId = (text: string): boolean => /^(?:[0-9a-z]{21}|[0-9a-f]{32})$/.test(text);

interface Found {
  readonly kind: "webhook" | "event" | "delivery" | "inbox";
  readonly id: string;
}

// pathOf is the page of what an identifier names.
export function pathOf({ kind, id }: Found): string {
  switch (kind) {
    case "webhook":
      return `/webhooks/${id}/settings`;
    case "event":
      return `/events/stream/${id}`;
    case "delivery":
      return `/requests/${id}`;
    case "inbox":
      return `/receiver/${id}`;
  }
}

// matchesWords says whether a text has all of the words that were typed, in any case.
export function matchesWords(text: string, typed: string): boolean {
  const lower = text.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
