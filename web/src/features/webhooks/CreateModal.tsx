import { Button, Modal, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { useSession } from "@/api/session";
import { type NewWebhook, useCreateWebhook, webhookQuery, webhooksQuery } from "@/api/webhooks";
import { ApiError } from "@/lib/apiError";
import { common } from "@/texts/common";
import { form as texts } from "@/texts/webhooks";
import { announce } from "@/ui/announce";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { ErrorCard, FormError } from "@/ui/ErrorCard";
import { toast } from "@/ui/toast";
import { useOwnEscape } from "@/ui/useOwnEscape";
import { useReturnFocus } from "@/ui/useReturnFocus";
import { ApiButton } from "./ApiModal";
import { createCurl } from "./curl";
import { EventPicker } from "./EventPicker";
import { checkFields, fieldOf, leftOver, type Problems, type WebhookFields } from "./fields";
import { UrlField } from "./UrlField";
import styles from "./webhooks.module.css";

const empty: WebhookFields = { eventTypes: [], name: "", url: "" };

// CreateModal makes a webhook: events, name, endpoint URL, in this order. It has an
// address of its own.
export function CreateModal({ onClose }: { onClose: () => void }) {
  const small = useMediaQuery("(max-width: 639px)") ?? false;
  useReturnFocus();
  const { duplicate, eventTypes, url } = useStart();
  const source = useQuery({ ...webhookQuery(duplicate ?? ""), enabled: duplicate !== undefined });
  const [asking, setAsking] = useState(false);
  const dirty = useRef(false);
  const close = () => (dirty.current ? setAsking(true) : onClose());
  const ownEscape = useOwnEscape(close);
  const { webhook } = source.data ?? {};
  const start = webhook
    ? { eventTypes: webhook.eventTypes, name: texts.copyOf(webhook.name), url: webhook.url }
    : { ...empty, eventTypes, url };
  return (
    <Modal
      opened
      onClose={close}
      title={webhook ? texts.duplicateTitle(webhook.name) : texts.createTitle}
      size={640}
      fullScreen={small}
      yOffset="5vh"
      {...ownEscape}
    >
      {source.error && <ErrorCard error={source.error} onRetry={() => void source.refetch()} />}
      {(duplicate === undefined || webhook) && (
        <Form
          start={start}
          headers={webhook?.headers ?? []}
          onDirty={(value) => {
            dirty.current = value;
          }}
          onCancel={close}
        />
      )}
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={texts.discardTitle}
        confirm={common.discard}
        cancel={common.keepEditing}
        onConfirm={onClose}
        danger
      >
        <p>{texts.discardBody}</p>
      </ConfirmDialog>
    </Modal>
  );
}

// Other pages open this one with something filled in: by the state of the location, or
// by ?event= for links.
function useStart(): { duplicate: string | undefined; eventTypes: string[]; url: string } {
  const { state, search } = useLocation();
  const from = typeof state === "object" && state !== null && "duplicate" in state ? state.duplicate : undefined;
  const params = new URLSearchParams(search);
  return {
    duplicate: typeof from === "string" ? from : undefined,
    eventTypes: params.getAll("event"),
    url: params.get("url") ?? "",
  };
}

interface FormProps {
  readonly start: WebhookFields;
  readonly headers: readonly { readonly name: string; readonly value?: string; readonly locked: boolean }[];
  readonly onDirty: (dirty: boolean) => void;
  readonly onCancel: () => void;
}

function Form({ start, headers, onDirty, onCancel }: FormProps) {
  const { dev } = useSession();
  const navigate = useNavigate();
  const create = useCreateWebhook();
  const [fields, setFields] = useState(start);
  const [problems, setProblems] = useState<Problems>({});
  const refs = {
    eventTypes: useRef<HTMLInputElement>(null),
    name: useRef<HTMLInputElement>(null),
    url: useRef<HTMLInputElement>(null),
  };
  const open = headers.filter((h) => !h.locked);
  const twin = useTwin(fields.name);

  function change(changed: Partial<WebhookFields>) {
    setFields((now) => ({ ...now, ...changed }));
    onDirty(true);
    setProblems((now) => Object.fromEntries(Object.entries(now).filter(([field]) => !(field in changed))));
  }

  function show(found: Problems) {
    setProblems(found);
    const names = (["eventTypes", "name", "url"] as const).filter((field) => found[field]);
    const [first] = names;
    if (!first) return;
    refs[first].current?.focus();
    announce(texts.problems(names.length));
  }

  const body = (): NewWebhook => ({
    name: fields.name.trim(),
    eventTypes: [...fields.eventTypes],
    url: fields.url,
    ...(open.length > 0 ? { headers: open.map(({ name, value = "" }) => ({ name, value, locked: false })) } : {}),
  });

  function submit(event?: FormEvent) {
    event?.preventDefault();
    const found = checkFields(fields, dev);
    if (Object.keys(found).length > 0) return show(found);
    create.mutate(body(), {
      onSuccess: ({ id }) => {
        onDirty(false);
        toast(texts.created);
        void navigate(`/webhooks/${id}/settings`, { replace: true, state: { created: true } });
      },
      onError: (error) => show(fieldOf(error)),
    });
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  };
  return (
    <form onSubmit={submit} noValidate onKeyDown={keys} className={styles.form}>
      <EventPicker
        value={fields.eventTypes}
        onChange={(eventTypes) => change({ eventTypes })}
        error={problems.eventTypes}
        searchRef={refs.eventTypes}
        autoFocus
      />
      <TextInput
        ref={refs.name}
        label={texts.name}
        placeholder={texts.namePlaceholder}
        description={twin ? texts.nameTaken : texts.nameHelp}
        autoComplete="off"
        value={fields.name}
        error={problems.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <UrlField
        value={fields.url}
        onChange={(url) => change({ url })}
        error={problems.url}
        inputRef={refs.url}
        offerReceiver
      />
      {headers.length > 0 && <p className="sub">{texts.headersCopied(open.length, headers.length - open.length)}</p>}
      <FormError error={create.error && leftOver(create.error)} />
      <div className={styles.formFoot}>
        <span className="sub">{texts.active}</span>
        <span className={styles.grow} />
        <ApiButton curl={() => createCurl(body())} />
        <Button onClick={onCancel}>{common.cancel}</Button>
        <Button type="submit" variant="filled" loading={create.isPending}>
          {texts.submit}
        </Button>
      </div>
    </form>
  );
}

// useTwin says whether another webhook has this name: a hint, no mistake.
export function useTwin(name: string, id?: string): boolean {
  const wanted = name.trim().toLowerCase();
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(wanted), 400);
    return () => clearTimeout(timer);
  }, [wanted]);
  const found = useQuery({ ...webhooksQuery({ q: asked, limit: 20 }), enabled: asked !== "" });
  if (asked === "" || found.isPlaceholderData) return false;
  return found.data?.items.some((w) => w.name.toLowerCase() === asked && w.id !== id) ?? false;
}

export const isRefusal = (error: unknown): boolean => error instanceof ApiError && error.issues.length > 0;
