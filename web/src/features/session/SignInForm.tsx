import { Button, PasswordInput, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { useSignIn } from "@/api/session";
import { ApiError } from "@/lib/apiError";
import { session as texts } from "@/texts/session";
import { FormError } from "@/ui/ErrorCard";
import styles from "./session.module.css";

// SignInForm is on the page and in the dialog over a page.
export function SignInForm({ onSignedIn }: { onSignedIn?: () => void }) {
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [missing, setMissing] = useState<{ email?: string; password?: string }>({});
  const emailField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = {
      ...(email.trim() === "" ? { email: texts.enterEmail } : {}),
      ...(password === "" ? { password: texts.enterPassword } : {}),
    };
    setMissing(found);
    if (found.email) return emailField.current?.focus();
    if (found.password) return passwordField.current?.focus();
    signIn.mutate({ email: email.trim(), password }, { onSuccess: () => onSignedIn?.() });
  }

  return (
    <form onSubmit={submit} noValidate className={styles.form}>
      <FormError error={signIn.error && named(signIn.error)} />
      <TextInput
        ref={emailField}
        label={texts.email}
        type="email"
        autoComplete="username"
        value={email}
        error={missing.email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        data-autofocus
      />
      <PasswordInput
        ref={passwordField}
        label={texts.password}
        autoComplete="current-password"
        value={password}
        error={missing.password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": texts.showPassword }}
      />
      <Button type="submit" variant="filled" loading={signIn.isPending}>
        {texts.signIn}
      </Button>
    </form>
  );
}

function named(error: Error): Error {
  if (!(error instanceof ApiError) || error.code !== "session.invalid_credentials") return error;
  return new ApiError(error.status, { code: error.code, message: texts.wrong });
}
