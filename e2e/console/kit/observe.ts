declare global {
  interface Window {
    __observed?: (kind: string, texts: string[]) => void;
  }
}

/**
 * Runs in every page before its scripts: reports each text and each attribute that
 * ever appears in the DOM, violations of the policy, and what a person did.
 */
export function observe(): void {
  const known = new Set<string>();
  let fresh: string[] = [];
  const report = (kind: string, texts: string[]) => window.__observed?.(kind, texts);

  const note = (text: string | null) => {
    if (text === null || text.length < 12 || known.has(text) || known.size > 100_000) return;
    known.add(text);
    if (fresh.push(text) > 1) return;
    queueMicrotask(() => {
      report("text", fresh);
      fresh = [];
    });
  };
  const read = (node: Node) => {
    if (node instanceof Element) {
      for (const attribute of node.attributes) note(attribute.value);
      for (const child of node.childNodes) read(child);
    } else {
      note(node.nodeValue);
    }
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") note((change.target as Element).getAttribute(change.attributeName ?? ""));
      else if (change.type === "characterData") note(change.target.nodeValue);
      else for (const node of change.addedNodes) read(node);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });

  document.addEventListener("securitypolicyviolation", (event) =>
    report("violation", [event.violatedDirective, event.blockedURI, event.sourceFile]),
  );

  // One click is one interaction, and so are the key strokes into one field.
  let last: EventTarget | null = null;
  const typed = (event: Event) => {
    if (!event.isTrusted) return;
    const key = event instanceof KeyboardEvent ? event.key : "";
    if (["Shift", "Control", "Meta", "Alt"].includes(key)) return;
    if (event.target === last && key !== "Enter" && key !== "Escape") return;
    last = event.target;
    report("interaction", [event.type]);
  };
  addEventListener("keydown", typed, true);
  addEventListener("input", typed, true);
  addEventListener(
    "pointerdown",
    (event) => {
      if (!event.isTrusted) return;
      // Typing into the field that was clicked belongs to the click.
      last = event.target;
      report("interaction", [event.type]);
    },
    true,
  );
}
