import type { Operation } from "@/api/document";

export interface OperationGroup {
  readonly tag: string;
  readonly operations: readonly Operation[];
}

// groupOperations keeps the order of the document and leaves out what lacks a word
// that is searched for.
export function groupOperations(operations: readonly Operation[], search: string): readonly OperationGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const text = `${operation.method} ${operation.path} ${operation.id} ${operation.summary}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    groups.set(operation.tag, [...(groups.get(operation.tag) ?? []), operation]);
  }
  return [...groups].map(([tag, found]) => ({ tag, operations: found }));
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

// operationCurl is the command for an operation, with the example of its document.
export function operationCurl(operation: Operation, urlOf: (path: string) => string): string {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`);
  const lines = [
    `curl ${operation.method === "GET" ? "" : `-X ${operation.method} `}"${urlOf(path)}"`,
    ...(operation.open ? [] : ['-H "Authorization: Bearer $TIDINGS_API_KEY"']),
    ...(operation.body ? [`-H ${quoted(`Content-Type: ${operation.body.media}`)}`] : []),
    ...(operation.body?.example === undefined ? [] : [`--data-binary ${quoted(operation.body.example)}`]),
  ];
  return lines.join(" \\\n  ");
}
