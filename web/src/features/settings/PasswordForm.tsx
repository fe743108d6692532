import { Button, PasswordInput, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { useChangePassword } from "@/api/system";
import { ApiError } from "@/lib/apiError";
import { settings as texts } from "@/texts/settings";
import { Card } from "@/ui/Card";
import { FormError } from "@/ui/ErrorCard";
import { toast } from "@/ui/toast";
import styles from "./settings.module.css";

// PasswordForm sets a new password; the other sessions of the person end.
export function PasswordForm({ email }: { email: string }) {
  const change = useChangePassword();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [tried, setTried] = useState(false);
  const currentRef = useRef<HTMLInputElement>(null);
  const nextRef = useRef<HTMLInputElement>(null);
  const short = [...next].length < 12;
  const wrong = isWrong(change.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!current) return currentRef.current?.focus();
    if (short) return nextRef.current?.focus();
    change.mutate(
      { current, new: next },
      {
        onSuccess: () => {
          setCurrent("");
          setNext("");
          setTried(false);
          toast(texts.changed);
        },
        onError: (error) => isWrong(error) && currentRef.current?.focus(),
      },
    );
  }
  return (
    <Card title={texts.account}>
      <form onSubmit={submit} noValidate className={styles.form}>
        <p className="t2">{texts.accountHelp}</p>
        {!wrong && <FormError error={change.error} />}
        {/* Password managers look for the account. */}
        <TextInput type="email" label={email} autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          ref={currentRef}
          label={texts.current}
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          error={(tried && !current && texts.enterCurrent) || (wrong && texts.wrongCurrent)}
          visibilityToggleButtonProps={{ "aria-label": texts.showPassword }}
        />
        <PasswordInput
          ref={nextRef}
          label={texts.new}
          description={texts.newHelp}
          autoComplete="new-password"
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
          error={tried && short && texts.short}
          visibilityToggleButtonProps={{ "aria-label": texts.showPassword }}
        />
        <Button type="submit" variant="filled" loading={change.isPending}>
          {texts.save}
        </Button>
      </form>
    </Card>
  );
}

const isWrong = (error: unknown): boolean =>
  error instanceof ApiError && error.issues.some((issue) => issue.path === "current");
