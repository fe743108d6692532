import { Button, TextInput } from "@mantine/core";
import { type Ref, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { page, picker, form as texts, webhooks } from "@/texts/webhooks";
import { Card } from "@/ui/Card";
import { useTwin } from "./CreateModal";
import { EventPicker } from "./EventPicker";
import type { Problems, WebhookFields } from "./fields";
import { UrlField } from "./UrlField";
import { useAskedToEdit } from "./useEditEvents";
import type { Settings } from "./useSettings";
import styles from "./webhooks.module.css";

interface Props {
  readonly settings: Settings;
  readonly problems: Problems;
  readonly onEdit: (field: keyof WebhookFields) => void;
}

// SettingsCard has the fields of the dialog, in the same order and with the same checks.
export function SettingsCard({ settings, problems, onEdit }: Props) {
  const { draft, base } = settings;
  const [editing, setEditing] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  // The focus goes along when one thing takes the place of the other.
  const edit = (now: boolean) => {
    flushSync(() => setEditing(now));
    (now ? search : button).current?.focus();
  };
  useAskedToEdit(() => edit(true));
  const twin = useTwin(draft.name === base.webhook.name ? "" : draft.name, base.webhook.id);
  const change = <K extends keyof WebhookFields>(field: K, value: WebhookFields[K]) => {
    settings.set({ [field]: value });
    onEdit(field);
  };
  return (
    <Card title={page.settings}>
      <div className={styles.form}>
        {editing || problems.eventTypes ? (
          <div>
            <EventPicker
              value={draft.eventTypes}
              onChange={(value) => change("eventTypes", value)}
              error={problems.eventTypes}
              searchRef={search}
              autoFocus
            />
            <Button onClick={() => edit(false)}>{picker.done}</Button>
          </div>
        ) : (
          <Selected eventTypes={draft.eventTypes} onEdit={() => edit(true)} button={button} />
        )}
        <TextInput
          label={texts.name}
          description={twin ? texts.nameTaken : texts.nameHelp}
          autoComplete="off"
          value={draft.name}
          error={problems.name}
          onChange={(event) => change("name", event.currentTarget.value)}
        />
        <UrlField value={draft.url} onChange={(value) => change("url", value)} error={problems.url} />
      </div>
    </Card>
  );
}

interface SelectedProps {
  readonly eventTypes: readonly string[];
  readonly onEdit: () => void;
  readonly button: Ref<HTMLButtonElement>;
}

function Selected({ eventTypes, onEdit, button }: SelectedProps) {
  return (
    <div>
      <h3 className="field-label">{texts.events}</h3>
      <div className={styles.selected}>
        {eventTypes.map((name) => (
          <span key={name} className={styles.selectedEvent}>
            {name === "*" ? webhooks.allEvents : name}
            {name.endsWith(".*") && <span className={styles.futureNote}> {picker.future}</span>}
          </span>
        ))}
        <Button ref={button} variant="subtle" onClick={onEdit}>
          {picker.edit}
        </Button>
      </div>
    </div>
  );
}
