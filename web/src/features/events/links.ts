// createPath opens the form for a new webhook with the event type chosen.
export const createPath = (eventType: string): string =>
  `/webhooks/create?${new URLSearchParams({ event: eventType }).toString()}`;

export const eventPath = (id: string): string => `/events/stream/${encodeURIComponent(id)}`;
export const typePath = (name: string): string => `/events/catalogue/${encodeURIComponent(name)}`;

// emitPath opens the dialog to emit an event, of this type if there is one.
export const emitPath = (eventType?: string): string =>
  `/events?${new URLSearchParams({ emit: eventType ?? "" }).toString()}`;
