import { Button, TextInput } from "@mantine/core";
import { type Ref, useEffect, useRef, useState } from "react";
import { useMutation } from "@/api/mutation";
import { useSession } from "@/api/session";
import { checkUrl, type UrlCheck, useReceiverAddress } from "@/api/webhooks";
import { built } from "@/lib/built";
import { lookAtUrl } from "@/lib/url";
import { form as texts, webhooks } from "@/texts/webhooks";
import { Tag } from "@/ui/Badge";
import { FormError } from "@/ui/ErrorCard";
import { useAfterPointer } from "@/ui/useAfterPointer";
import styles from "./webhooks.module.css";

interface Props {
  readonly value: string;
  readonly onChange: (value: string) => void;
  // What the form or the server says about it.
  readonly error?: string | undefined;
  readonly inputRef?: Ref<HTMLInputElement>;
  readonly offerReceiver?: boolean;
}

// urlProblem is what can be said without asking, in words.
export function urlProblem(value: string, dev: boolean): string | undefined {
  const { problem, host = "" } = lookAtUrl(value, dev);
  switch (problem) {
    case undefined:
      return undefined;
    case "http":
      return texts.urlHttp;
    case "private":
      return texts.urlPrivate(host);
    case "userinfo":
      return texts.urlUserinfo;
    case "long":
      return texts.urlLong;
    default:
      return texts.urlShape;
  }
}

// UrlField checks the shape while somebody types, and asks the server about policy and
// name when the field is left. Nothing is sent to the endpoint.
export function UrlField({ value, onChange, error, inputRef, offerReceiver = false }: Props) {
  const { dev, receiver } = useSession();
  const inbox = useReceiverAddress();
  const [left, setLeft] = useState(false);
  const [cut, setCut] = useState(false);
  const afterPointer = useAfterPointer();
  const check = useMutation({ mutationFn: (url: string) => checkUrl(url) });
  const asked = useRef("");
  const shape = urlProblem(value, dev);
  const looked = lookAtUrl(value, dev);
  const answer = asked.current === looked.url ? check.data : undefined;
  const problem = error ?? (left && value !== "" ? (shape ?? answer?.problems[0]?.message) : undefined);
  const devAddress = !shape && value !== "" && dev && lookAtUrl(value, false).problem !== undefined;

  function leave() {
    setLeft(true);
    setCut(looked.fragmentRemoved);
    if (looked.url !== value) onChange(looked.url);
    if (shape || asked.current === looked.url) return;
    asked.current = looked.url;
    check.mutate(looked.url);
  }
  const newest = useRef(leave);
  newest.current = leave;
  useEffect(() => {
    if (value === "") setLeft(false);
  }, [value]);

  return (
    <div>
      <TextInput
        ref={inputRef}
        label={texts.url}
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: "mono" }}
        value={value}
        error={problem}
        description={dev ? texts.urlHelpDev : texts.urlHelp}
        onChange={(event) => onChange(event.currentTarget.value)}
        onBlur={() => afterPointer(() => newest.current())}
      />
      <div role="status" className={styles.urlNotes}>
        {devAddress && <Tag>{webhooks.devAddress}</Tag>}
        {cut && <span className={styles.warn}>{texts.urlFragment}</span>}
        {!problem && answer && <Warnings answer={answer} host={looked.host ?? ""} />}
      </div>
      {offerReceiver && receiver && built.receiver && (
        <Button
          variant="subtle"
          size="compact-sm"
          loading={inbox.isPending}
          onClick={() => inbox.mutate(undefined, { onSuccess: (url) => onChange(url) })}
        >
          {texts.useReceiver}
        </Button>
      )}
      <FormError error={inbox.error} />
    </div>
  );
}

function Warnings({ answer, host }: { answer: UrlCheck; host: string }) {
  const blocked = answer.addresses.find((one) => one.blocked)?.address;
  return answer.warnings
    .filter((warning) => warning.code !== "dev_address")
    .map((warning) => (
      <span key={warning.code} className={styles.warn}>
        {warning.code === "not_resolved"
          ? texts.urlUnresolved(host)
          : warning.code === "address_blocked" && blocked
            ? texts.urlBlocked(blocked)
            : warning.message}
      </span>
    ));
}
