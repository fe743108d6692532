import { Button, Checkbox } from "@mantine/core";
import { useRef, useState } from "react";
import { urlOf } from "@/api/client";
import type { NewApiKey } from "@/api/keys";
import { keys as texts } from "@/texts/keys";
import { CodeBlock } from "@/ui/CodeBlock";
import { CopyField } from "@/ui/CopyField";
import { Note } from "@/ui/Note";
import styles from "./keys.module.css";

// KeyOnce shows a new key until it is stored somewhere.
export function KeyOnce({ apiKey, onDone }: { apiKey: NewApiKey; onDone: () => void }) {
  const [stored, setStored] = useState(false);
  const [asked, setAsked] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  function done() {
    if (stored) return onDone();
    setAsked(true);
    box.current?.focus();
  }
  return (
    <div className={styles.form}>
      <Note tone="warn" role="status">
        <p>{texts.once}</p>
      </Note>
      <CopyField label={texts.key} value={apiKey.key} what={texts.key} />
      {maySend(apiKey) && <CodeBlock text={curlOf(apiKey.key)} label={texts.curl} wrap />}
      <Checkbox
        ref={box}
        label={texts.stored}
        checked={stored}
        onChange={(event) => setStored(event.currentTarget.checked)}
        error={asked && !stored && texts.closeFirst}
      />
      <div className={styles.actions}>
        <Button variant="filled" onClick={done}>
          {texts.close}
        </Button>
      </div>
    </div>
  );
}

// manage and admin include emit.
const maySend = (key: NewApiKey): boolean => key.scopes.some((scope) => scope !== "read");

const curlOf = (key: string): string =>
  `curl ${urlOf("/api/events")} \\
  -H 'Authorization: Bearer ${key}' \\
  -H 'Content-Type: application/json' \\
  -d '{"event": "User.Created", "data": {"id": "u_1"}}'`;
