import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { page, picker, form as texts, webhooks } from "@/texts/webhooks";
import { Card } from "@/ui/Card";
import { useTwin } from "./CreateModal";
import { EventPicker } from "./EventPicker";
import type { Problems, WebhookFields } from "./fields";
import { UrlField } from "./UrlField";
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
              autoFocus
            />
            <Button onClick={() => setEditing(false)}>{picker.done}</Button>
          </div>
        ) : (
          <Selected eventTypes={draft.eventTypes} onEdit={() => setEditing(true)} />
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

function Selected({ eventTypes, onEdit }: { eventTypes: readonly string[]; onEdit: () => void }) {
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
        <Button variant="subtle" onClick={onEdit}>
          {picker.edit}
        </Button>
      </div>
    </div>
  );
}
