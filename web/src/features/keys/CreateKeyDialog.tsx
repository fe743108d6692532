import { Button, Checkbox, Modal, Radio, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { type NewApiKey, type Scope, useCreateKey } from "@/api/keys";
import { common } from "@/texts/common";
import { keys as texts } from "@/texts/keys";
import { FormError } from "@/ui/ErrorCard";
import { type Expiry, expiresAt, expiries } from "./expiry";
import { KeyOnce } from "./KeyOnce";
import styles from "./keys.module.css";

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

// CreateKeyDialog asks for a name, scopes and an end, then shows the key this once.
export function CreateKeyDialog({ opened, onClose }: Props) {
  const [key, setKey] = useState<NewApiKey>();
  function close() {
    setKey(undefined);
    onClose();
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={key ? texts.created : texts.create}
      size={560}
      // A key that is shown once is not lost by a slip.
      closeOnEscape={!key}
      closeOnClickOutside={!key}
      withCloseButton={!key}
    >
      {key ? <KeyOnce apiKey={key} onDone={close} /> : <Form onCreated={setKey} onCancel={close} />}
    </Modal>
  );
}

const scopes: readonly Scope[] = ["emit", "read", "manage", "admin"];

function Form({ onCreated, onCancel }: { onCreated: (key: NewApiKey) => void; onCancel: () => void }) {
  const create = useCreateKey();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Scope[]>(["emit"]);
  const [expiry, setExpiry] = useState<Expiry>("never");
  const [tried, setTried] = useState(false);
  const nameRef = useRef<HTMLInputElement>(null);
  const scopesRef = useRef<HTMLInputElement>(null);
  const nameError = problemOfName(name);
  const scopesError = chosen.length === 0 ? texts.chooseScope : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (nameError) return nameRef.current?.focus();
    if (scopesError) return scopesRef.current?.focus();
    const end = expiresAt(expiry, Date.now());
    create.mutate(
      { name: name.trim(), scopes: chosen, ...(end ? { expiresAt: end } : {}) },
      {
        onSuccess: (key) => {
          create.reset();
          onCreated(key);
        },
      },
    );
  }
  return (
    <form onSubmit={submit} noValidate className={styles.form}>
      <FormError error={create.error} />
      <TextInput
        ref={nameRef}
        label={texts.name}
        description={texts.nameHelp}
        placeholder={texts.namePlaceholder}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={tried && nameError}
        data-autofocus
      />
      <Checkbox.Group
        label={texts.scopes}
        value={chosen}
        onChange={(values) => setChosen(scopes.filter((scope) => values.includes(scope)))}
        error={tried && scopesError}
      >
        <div className={styles.options}>
          {scopes.map((scope, i) => (
            <Checkbox
              key={scope}
              ref={i === 0 ? scopesRef : undefined}
              value={scope}
              label={scope}
              description={texts.scopeTexts[scope]}
            />
          ))}
        </div>
      </Checkbox.Group>
      <Radio.Group label={texts.expires} value={expiry} onChange={(value) => setExpiry(value as Expiry)}>
        <div className={styles.options}>
          {expiries.map((value) => (
            <Radio key={value} value={value} label={texts.expiries[value]} />
          ))}
        </div>
      </Radio.Group>
      <Footer busy={create.isPending} onCancel={onCancel} />
    </form>
  );
}

const Footer = ({ busy, onCancel }: { busy: boolean; onCancel: () => void }) => (
  <div className={styles.actions}>
    <Button onClick={onCancel}>{common.cancel}</Button>
    <Button type="submit" variant="filled" loading={busy}>
      {texts.create}
    </Button>
  </div>
);

function problemOfName(name: string): string | undefined {
  const length = [...name.trim()].length;
  if (length === 0) return texts.enterName;
  return length > 256 ? texts.longName : undefined;
}
