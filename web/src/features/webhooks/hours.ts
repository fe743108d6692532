const hourMs = 3_600_000;

interface Hour {
  readonly start: string;
}

// hourPath is where the requests of an hour of a webhook are. The last of the hours
// lasts till now.
export function hourPath(id: string, hours: readonly Hour[], hour: Hour): string {
  const from = Date.parse(hour.start);
  const range = new URLSearchParams({ from: new Date(from).toISOString() });
  if (hour !== hours.at(-1)) range.set("to", new Date(from + hourMs).toISOString());
  return `/webhooks/${id}/recent-requests?${range}`;
}
