import { Button, Modal, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { urlOf } from "@/api/client";
import { type Emission, useEmit } from "@/api/events";
import { type EventTypeRow, eventTypesQuery, sampleQuery } from "@/api/eventTypes";
import { common } from "@/texts/common";
import { emit as texts } from "@/texts/events";
import { CodeBlock } from "@/ui/CodeBlock";
import { FormError } from "@/ui/ErrorCard";
import { toast } from "@/ui/toast";
import { emitCurl } from "./curl";
import styles from "./events.module.css";
import { payloadProblem, prettyPayload } from "./payload";
import { SchemaCheck } from "./SchemaCheck";

interface Props {
  // Empty or undefined: a person chooses.
  readonly eventType: string | undefined;
  readonly opened: boolean;
  readonly onClose: () => void;
}

// EmitDialog sends an event: its type, its payload as text, checked on the way.
export function EmitDialog({ eventType, opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={texts.title} size={720}>
      {opened && <Form initialType={eventType ?? ""} onClose={onClose} />}
    </Modal>
  );
}

function Form({ initialType, onClose }: { initialType: string; onClose: () => void }) {
  const types = useQuery(eventTypesQuery);
  const [type, setType] = useState(initialType);
  const chosen = useQuery({ ...sampleQuery(type), enabled: type !== "" });
  const sample = useMemo(() => prettyPayload(chosen.data?.example, type), [chosen.data, type]);
  const [text, setText] = useState<string>();
  const [key, setKey] = useState("");
  const [tried, setTried] = useState(false);
  const emit = useEmit();
  const typeRef = useRef<HTMLSelectElement>(null);
  const textRef = useRef<HTMLTextAreaElement>(null);
  const payload = text ?? (type ? sample : "");
  const problem = payloadProblem(payload, type);
  useEffect(() => {
    if (type) setText(undefined);
  }, [type]);

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!type) return typeRef.current?.focus();
    if (problem) return textRef.current?.focus();
    const emission: Emission = { text: payload, idempotencyKey: key || undefined };
    emit.mutate(emission, {
      onSuccess: (accepted) => {
        toast(texts.sent(accepted.deliveries));
        onClose();
      },
    });
  }
  return (
    <form onSubmit={submit} noValidate className={styles.form}>
      <p className="t2">{texts.intro}</p>
      <FormError error={emit.error} />
      <NativeSelect
        ref={typeRef}
        label={texts.type}
        value={type}
        onChange={(event) => setType(event.currentTarget.value)}
        error={tried && !type && texts.choose}
        data={[{ value: "", label: texts.choose }, ...grouped(types.data ?? [])]}
        data-autofocus={type ? undefined : true}
      />
      <Textarea
        ref={textRef}
        label={texts.payload}
        value={payload}
        onChange={(event) => setText(event.currentTarget.value)}
        error={(tried || text !== undefined) && type !== "" && problem}
        classNames={{ input: "mono" }}
        rows={14}
        spellCheck={false}
        data-autofocus={type ? true : undefined}
      />
      {type && !problem && <SchemaCheck name={type} text={payload} hasSchema={chosen.data?.hasSchema ?? false} />}
      <TextInput
        label={texts.key}
        description={texts.keyHelp}
        value={key}
        maxLength={255}
        onChange={(event) => setKey(event.currentTarget.value)}
      />
      {type && !problem && (
        <details>
          <summary>{texts.curl}</summary>
          <CodeBlock text={emitCurl(urlOf("/api/events"), payload, key)} label={texts.curlLabel} wrap />
        </details>
      )}
      <div className={styles.actions}>
        {text !== undefined && type && <Button onClick={() => setText(undefined)}>{texts.sample}</Button>}
        <Button onClick={onClose}>{common.cancel}</Button>
        <Button type="submit" variant="filled" loading={emit.isPending}>
          {texts.send}
        </Button>
      </div>
    </form>
  );
}

function grouped(types: readonly EventTypeRow[]) {
  const groups = [...new Set(types.map((type) => type.group))];
  return groups.map((group) => ({
    group,
    items: types.filter((type) => type.group === group).map((type) => ({ value: type.name, label: type.name })),
  }));
}
