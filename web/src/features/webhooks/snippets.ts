export interface Snippet {
  readonly language: string;
  readonly code: string;
}

const names: Readonly<Record<string, string>> = { js: "Node", go: "Go", python: "Python" };

// snippets takes the pieces of code out of a page of the documentation, Node first.
export function snippets(page: string): Snippet[] {
  const found = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, kind = "", code = ""]) => {
    const language = names[kind];
    return language ? [{ language, code: code.trimEnd() }] : [];
  });
  const order = Object.values(names);
  return found.sort((a, b) => order.indexOf(a.language) - order.indexOf(b.language));
}
