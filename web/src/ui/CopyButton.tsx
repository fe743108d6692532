import { ActionIcon, Button, Popover } from "@mantine/core";
import { Check, Copy } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { common } from "@/texts/common";
import { copyText } from "./copy";
import { type ShortcutName, shortcutKeys, useShortcuts } from "./shortcuts";

interface Props {
  // The text, or how to get it when it is wanted.
  readonly value: string | (() => Promise<string>);
  // What is copied, as in "Copy signing key".
  readonly what: string;
  // The element that shows the text, if one does.
  readonly shown?: RefObject<HTMLElement | null>;
  // With a label the button says it; without, it is an icon.
  readonly label?: string;
  readonly variant?: "default" | "subtle";
  readonly onFailed?: (error: unknown) => void;
  // The key that does the same.
  readonly shortcut?: ShortcutName;
}

// CopyButton copies. Where the browser has no clipboard it shows the text, selected.
export function CopyButton({ value, what, shown, label, variant = "subtle", onFailed, shortcut }: Props) {
  const [done, setDone] = useState(false);
  const [offered, setOffered] = useState<string>();
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2_000);
    return () => clearTimeout(timer);
  }, [done]);

  async function copy() {
    try {
      const text = typeof value === "string" ? value : await value();
      const copied = await copyText(text, what, shown?.current);
      setDone(copied);
      if (!copied && !shown?.current) setOffered(text);
    } catch (error) {
      onFailed?.(error);
    }
  }

  useShortcuts(
    shortcut
      ? {
          [shortcut]() {
            void copy();
            return true;
          },
        }
      : {},
  );
  const keys = shortcut && shortcutKeys[shortcut].join(" ");
  const icon = done ? <Check className="icon" /> : <Copy className="icon" />;
  return (
    <Popover opened={offered !== undefined} onChange={() => setOffered(undefined)} trapFocus withRoles={false}>
      <Popover.Target>
        {label ? (
          <Button variant={variant} leftSection={icon} onClick={copy} aria-keyshortcuts={keys}>
            {label}
          </Button>
        ) : (
          <ActionIcon variant={variant} aria-label={common.copyNamed(what)} onClick={copy}>
            {icon}
          </ActionIcon>
        )}
      </Popover.Target>
      <Popover.Dropdown>{offered !== undefined && <Selected text={offered} what={what} />}</Popover.Dropdown>
    </Popover>
  );
}

function Selected({ text, what }: { text: string; what: string }) {
  const ref = useRef<HTMLTextAreaElement>(null);
  useEffect(() => ref.current?.select(), []);
  return (
    <textarea ref={ref} className="mono" aria-label={what} readOnly rows={3} cols={40} value={text} data-autofocus />
  );
}
