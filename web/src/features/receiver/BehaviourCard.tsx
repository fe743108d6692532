import { Button, Checkbox, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { type Inbox, useSetBehaviour } from "@/api/receiver";
import { receiver as texts } from "@/texts/receiver";
import { Card } from "@/ui/Card";
import { FormError } from "@/ui/ErrorCard";
import { toast } from "@/ui/toast";
import { bounds, fields, type NumberField, readNumber } from "./behaviour";
import styles from "./receiver.module.css";

// BehaviourCard tells an inbox how to answer, so that failing and retrying can be seen.
export function BehaviourCard({ inbox }: { inbox: Inbox }) {
  const { behaviour } = inbox;
  const change = useSetBehaviour();
  const [numbers, setNumbers] = useState<Record<NumberField, string>>({
    status: String(behaviour.status),
    delayMs: String(behaviour.delayMs),
    failNext: String(behaviour.failNext),
    failPercent: String(behaviour.failPercent),
  });
  const [body, setBody] = useState(behaviour.body);
  const [drop, setDrop] = useState(behaviour.drop);
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const bad = fields.filter((field) => readNumber(field, numbers[field]) === undefined);

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    const [first] = bad;
    if (first) return form.current?.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
    const read = (field: NumberField) => readNumber(field, numbers[field]) ?? 0;
    const body_ = {
      status: read("status"),
      delayMs: read("delayMs"),
      failNext: read("failNext"),
      failPercent: read("failPercent"),
      body,
      drop,
    };
    change.mutate({ id: inbox.id, body: body_ }, { onSuccess: () => toast(texts.applied) });
  }
  const field = (name: NumberField) => ({
    name,
    inputMode: "numeric" as const,
    value: numbers[name],
    error: tried && bad.includes(name) && texts.outOf(...bounds[name]),
    onChange: (event: { currentTarget: { value: string } }) =>
      setNumbers({ ...numbers, [name]: event.currentTarget.value }),
  });
  return (
    <Card title={texts.behaviour}>
      <form ref={form} onSubmit={submit} noValidate className={styles.form}>
        <FormError error={change.error} />
        <TextInput label={texts.status} {...field("status")} />
        <TextInput label={texts.failNext} description={texts.failNextHelp} {...field("failNext")} />
        <TextInput label={texts.delay} {...field("delayMs")} />
        <TextInput label={texts.failPercent} {...field("failPercent")} />
        <Textarea
          label={texts.answerBody}
          value={body}
          maxLength={4096}
          rows={2}
          onChange={(event) => setBody(event.currentTarget.value)}
        />
        <Checkbox label={texts.drop} checked={drop} onChange={(event) => setDrop(event.currentTarget.checked)} />
        <Button type="submit" loading={change.isPending}>
          {texts.apply}
        </Button>
        {behaviour.failNext > 0 && <p className="sub">{texts.failing(behaviour.failNext)}</p>}
      </form>
    </Card>
  );
}
