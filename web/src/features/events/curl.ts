// quoted makes any text one word of a shell command.
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

// emitCurl is the command that emits the same event.
export function emitCurl(url: string, payload: string, idempotencyKey: string): string {
  const headers = [
    `-H "Authorization: Bearer $TIDINGS_API_KEY"`,
    `-H ${quoted("Content-Type: application/json")}`,
    ...(idempotencyKey ? [`-H ${quoted(`Idempotency-Key: ${idempotencyKey}`)}`] : []),
  ];
  return [`curl ${quoted(url)}`, ...headers, `--data-binary ${quoted(payload)}`].join(" \\\n  ");
}
