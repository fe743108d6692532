import type { NewWebhook, WebhookChange } from "@/api/webhooks";

// What is shown as the same with the API: the key and the address are variables, so
// that nothing secret is copied.
const auth = `-H "Authorization: Bearer $TIDINGS_API_KEY"`;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const json = (body: unknown): string => quoted(JSON.stringify(body, undefined, 2));

export const listCurl = (): string => `curl "$TIDINGS_URL/api/webhooks" \\\n  ${auth}`;

export const createCurl = (body: NewWebhook): string =>
  [`curl -X POST "$TIDINGS_URL/api/webhooks"`, auth, `-H "Content-Type: application/json"`, `-d ${json(body)}`].join(
    " \\\n  ",
  );

export const changeCurl = (id: string, etag: string, body: WebhookChange): string =>
  [
    `curl -X PATCH "$TIDINGS_URL/api/webhooks/${id}"`,
    auth,
    `-H ${quoted(`If-Match: ${etag}`)}`,
    `-H "Content-Type: application/json"`,
    `-d ${json(body)}`,
  ].join(" \\\n  ");
