import { Button, Checkbox, Modal, Textarea } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { eventTypeQuery } from "@/api/eventTypes";
import { printJson, tryParseJson } from "@/lib/jsonTokens";
import { picker, test as texts } from "@/texts/webhooks";
import { ErrorCard } from "@/ui/ErrorCard";
import { useReturnFocus } from "@/ui/useReturnFocus";
import { keepPayloads, keptPayloads, type Payloads, payloadProblem } from "./payloads";
import styles from "./webhooks.module.css";

interface Props {
  readonly events: readonly string[];
  readonly payloads: Payloads;
  readonly onChange: (payloads: Payloads) => void;
  readonly onClose: () => void;
}

// PayloadsModal edits what a test sends, event by event. A text that is no JSON object
// is not taken.
export default function PayloadsModal({ events, payloads, onChange, onClose }: Props) {
  const small = useMediaQuery("(max-width: 639px)") ?? false;
  useReturnFocus();
  const [chosen, setChosen] = useState(events[0] ?? "");
  const [keep, setKeep] = useState(() => Object.keys(keptPayloads()).length > 0);
  function change(next: Payloads) {
    onChange(next);
    if (keep) keepPayloads(next);
  }
  return (
    <Modal opened onClose={onClose} title={texts.payloadsTitle} size={860} fullScreen={small}>
      <div className={styles.payloads}>
        <nav aria-label={texts.payloadsEvents} className={styles.payloadList}>
          {events.map((event) => (
            <button
              key={event}
              type="button"
              aria-current={event === chosen ? "true" : undefined}
              onClick={() => setChosen(event)}
            >
              <span className="mono">{event}</span>
              {payloads[event] !== undefined && <span className="sub"> {texts.edited}</span>}
            </button>
          ))}
        </nav>
        <Editor
          key={chosen}
          event={chosen}
          edited={payloads[chosen]}
          onEdit={(text) => change({ ...payloads, [chosen]: text })}
          onReset={() => change(Object.fromEntries(Object.entries(payloads).filter(([name]) => name !== chosen)))}
        />
      </div>
      <div className={styles.formFoot}>
        <Checkbox
          label={texts.keep}
          checked={keep}
          onChange={(event) => {
            setKeep(event.currentTarget.checked);
            keepPayloads(event.currentTarget.checked ? payloads : {});
          }}
        />
        <span className={styles.grow} />
        <Button variant="filled" onClick={onClose}>
          {picker.done}
        </Button>
      </div>
    </Modal>
  );
}

interface EditorProps {
  readonly event: string;
  readonly edited: string | undefined;
  readonly onEdit: (text: string) => void;
  readonly onReset: () => void;
}

function Editor({ event, edited, onEdit, onReset }: EditorProps) {
  const type = useQuery(eventTypeQuery(event));
  const [draft, setDraft] = useState<string>();
  const sample = pretty(type.data?.example ?? "");
  const text = draft ?? edited ?? sample;
  const problem = draft === undefined ? undefined : payloadProblem(draft);
  if (type.error) return <ErrorCard error={type.error} onRetry={() => void type.refetch()} />;
  return (
    <div className={styles.payloadEditor}>
      <Textarea
        label={texts.payload(event)}
        description={texts.payloadNote}
        classNames={{ input: "mono" }}
        rows={18}
        spellCheck={false}
        autoComplete="off"
        value={text}
        error={problem}
        onChange={({ currentTarget }) => {
          setDraft(currentTarget.value);
          if (payloadProblem(currentTarget.value) === undefined) onEdit(currentTarget.value);
        }}
      />
      <Button
        disabled={draft === undefined && edited === undefined}
        onClick={() => {
          setDraft(undefined);
          onReset();
        }}
      >
        {texts.reset}
      </Button>
    </div>
  );
}

function pretty(text: string): string {
  const node = tryParseJson(text);
  return node ? printJson(node) : text;
}
