import { Button, Checkbox, Modal, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { type EventType, useChangeEventType, useCreateEventType } from "@/api/eventTypes";
import { ApiError } from "@/lib/apiError";
import { common } from "@/texts/common";
import { catalogue as texts } from "@/texts/events";
import { FormError } from "@/ui/ErrorCard";
import { toast } from "@/ui/toast";
import styles from "./events.module.css";
import { typePath } from "./links";
import { readSchema } from "./schema";

interface Props {
  // The type to edit; without one a new one is added.
  readonly type?: EventType;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function EventTypeDialog({ type, opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={type ? texts.editTitle(type.name) : texts.addTitle} size={640}>
      {opened && <Form type={type} onClose={onClose} />}
    </Modal>
  );
}

function Form({ type, onClose }: { type: EventType | undefined; onClose: () => void }) {
  const [form, setForm] = useState(() => initial(type));
  const [problems, setProblems] = useState<{ name?: string; schema?: string }>({});
  const create = useCreateEventType();
  const change = useChangeEventType();
  const navigate = useNavigate();
  const nameRef = useRef<HTMLInputElement>(null);
  const schemaRef = useRef<HTMLTextAreaElement>(null);
  const error = create.error ?? change.error;
  const field = (name: "name" | "group" | "description" | "schema" | "example") => ({
    value: form[name],
    error: problems[name as keyof typeof problems] ?? issueOf(error, name),
    onChange: (event: { currentTarget: { value: string } }) => setForm({ ...form, [name]: event.currentTarget.value }),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const schema = readSchema(form.schema);
    const found = {
      ...(form.name.trim() ? {} : { name: texts.enterName }),
      ...(schema.problem ? { schema: schema.problem } : {}),
    };
    setProblems(found);
    if (found.name) return nameRef.current?.focus();
    if (found.schema) return schemaRef.current?.focus();
    const body = {
      group: form.group.trim(),
      description: form.description.trim(),
      deprecated: form.deprecated,
      ...(schema.value === undefined ? {} : { schema: schema.value }),
      ...(form.example.trim() ? { example: form.example } : {}),
    };
    const done = (name: string, said: string) => () => {
      toast(said);
      onClose();
      if (!type) void navigate(typePath(name));
    };
    if (type) return change.mutate({ name: type.name, body }, { onSuccess: done(type.name, texts.saved) });
    const name = form.name.trim();
    create.mutate({ name, ...body }, { onSuccess: done(name, texts.added) });
  }
  return (
    <form onSubmit={submit} noValidate className={styles.form}>
      {!(error instanceof ApiError && error.issues.length > 0) && <FormError error={error} />}
      {!type && (
        <TextInput ref={nameRef} label={texts.name} description={texts.nameHelp} data-autofocus {...field("name")} />
      )}
      <TextInput label={texts.group} description={texts.groupHelp} {...field("group")} />
      <TextInput label={texts.description} {...field("description")} />
      <Textarea
        ref={schemaRef}
        label={texts.schemaField}
        description={texts.schemaHelp}
        classNames={{ input: "mono" }}
        rows={8}
        spellCheck={false}
        {...field("schema")}
      />
      <Textarea
        label={texts.exampleField}
        classNames={{ input: "mono" }}
        rows={6}
        spellCheck={false}
        {...field("example")}
      />
      <Checkbox
        label={texts.deprecatedField}
        checked={form.deprecated}
        onChange={(event) => setForm({ ...form, deprecated: event.currentTarget.checked })}
      />
      <div className={styles.actions}>
        <Button onClick={onClose}>{common.cancel}</Button>
        <Button type="submit" variant="filled" loading={create.isPending || change.isPending}>
          {type ? texts.save : texts.add}
        </Button>
      </div>
    </form>
  );
}

const initial = (type: EventType | undefined) => ({
  name: type?.name ?? "",
  group: type?.group ?? "",
  description: type?.description ?? "",
  schema: type?.schema === undefined ? "" : JSON.stringify(type.schema, null, 2),
  example: type?.example ?? "",
  deprecated: type?.deprecated ?? false,
});

const issueOf = (error: unknown, field: string): string | undefined =>
  error instanceof ApiError
    ? error.issues.find(
        (issue) => issue.path === field || issue.path.startsWith(`${field}.`) || issue.path.startsWith(`${field}/`),
      )?.message
    : undefined;
