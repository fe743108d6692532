import { Button, PasswordInput, TextInput } from "@mantine/core";
import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { useSession, useSetup, useSetupCheck } from "@/api/session";
import { ApiError } from "@/lib/apiError";
import { session as texts } from "@/texts/session";
import { ErrorCard, FormError } from "@/ui/ErrorCard";
import { Note } from "@/ui/Note";
import { Alone } from "./Alone";
import { useToken } from "./fragment";
import styles from "./session.module.css";
import { strength } from "./strength";

// The page behind the setup link: it makes the first user. The link is looked at before
// there is a form to fill in; once there is one, it keeps what was typed.
export function Component() {
  const token = useToken("token");
  const session = useSession();
  const setup = useSetup();
  const needed = session.state === "setup";
  const check = useChecked(needed ? token : "");
  if (!needed) return <Refused refused={done} />;
  if (!token) return <Refused refused={{ text: texts.setupNoToken }} />;
  // Another link is another try.
  const sent = setup.variables?.token === token ? setup.error : null;
  const refused = refusal(check.error) ?? refusal(sent);
  if (refused && (refused.done || !check.passed)) return <Refused refused={refused} />;
  return (
    <Alone title={texts.setupTitle}>
      {check.passed ? (
        <>
          {refused ? <RefusedNote refused={refused} /> : <p className="t2">{texts.setupIntro}</p>}
          <SetupForm setup={setup} token={token} error={refused ? null : sent} />
        </>
      ) : check.error ? (
        <ErrorCard error={check.error} title={texts.checkFailed} onRetry={check.again} />
      ) : (
        <p role="status">{texts.checking}</p>
      )}
    </Alone>
  );
}

// useChecked asks the server about each link once. Whether one was good stays true: a
// form that is there stays there.
function useChecked(token: string) {
  const check = useSetupCheck();
  const [passed, setPassed] = useState(false);
  const asked = useRef("");
  const { mutate } = check;
  const again = useCallback(() => mutate(token, { onSuccess: () => setPassed(true) }), [mutate, token]);
  useEffect(() => {
    if (!token || asked.current === token) return;
    asked.current = token;
    again();
  }, [token, again]);
  return { passed, again, error: check.error };
}

interface Refusal {
  readonly text: string;
  readonly done?: boolean;
}

const done: Refusal = { text: texts.setupDone, done: true };

function Refused({ refused }: { refused: Refusal }) {
  return (
    <Alone title={texts.setupTitle}>
      <RefusedNote refused={refused} />
    </Alone>
  );
}

function RefusedNote({ refused }: { refused: Refusal }) {
  return (
    <>
      <Note tone={refused.done ? "info" : "bad"} role="alert">
        <p>
          <b>{refused.text}</b>
        </p>
      </Note>
      {refused.done ? (
        <Link to="/login">{texts.toSignIn}</Link>
      ) : (
        <p className="t2">
          {texts.setupHelp} <code className="mono">{texts.setupCommand}</code>
        </p>
      )}
    </>
  );
}

function refusal(error: unknown): Refusal | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.code === "setup.done") return done;
  if (error.status === 410) return { text: texts.setupExpired };
  return error.status === 401 ? { text: texts.setupInvalid } : undefined;
}

type Field = "name" | "email" | "password";

interface FormProps {
  readonly setup: ReturnType<typeof useSetup>;
  readonly token: string;
  // What the server refused of the form.
  readonly error: Error | null;
}

function SetupForm({ setup, token, error }: FormProps) {
  const [form, setForm] = useState({ name: "", email: "", password: "" });
  const [problems, setProblems] = useState<Partial<Record<Field, string>>>({});
  const refs = {
    name: useRef<HTMLInputElement>(null),
    email: useRef<HTMLInputElement>(null),
    password: useRef<HTMLInputElement>(null),
  };
  const level = strength(form.password);

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = check(form);
    setProblems(found);
    const first = (["name", "email", "password"] as const).find((field) => found[field]);
    if (first) return refs[first].current?.focus();
    setup.mutate({ token, ...form });
  }
  const field = (name: Field) => ({
    ref: refs[name],
    value: form[name],
    error: problems[name] ?? issueOf(error, name),
    onChange: (event: { currentTarget: { value: string } }) => setForm({ ...form, [name]: event.currentTarget.value }),
  });
  return (
    <form onSubmit={submit} noValidate className={styles.form}>
      {!hasIssues(error) && <FormError error={error} />}
      <TextInput label={texts.name} autoComplete="name" {...field("name")} />
      <TextInput label={texts.email} type="email" autoComplete="username" {...field("email")} />
      <PasswordInput
        label={texts.password}
        autoComplete="new-password"
        description={form.password ? texts.strength(texts.strengths[level]) : texts.passwordHelp}
        visibilityToggleButtonProps={{ "aria-label": texts.showPassword }}
        {...field("password")}
      />
      <Button type="submit" variant="filled" loading={setup.isPending}>
        {texts.setupButton}
      </Button>
    </form>
  );
}

function check(form: Record<Field, string>): Partial<Record<Field, string>> {
  return {
    ...(form.name.trim() === "" ? { name: texts.enterName } : {}),
    ...(/^\S+@\S+$/.test(form.email.trim()) ? {} : { email: texts.enterEmail }),
    ...([...form.password].length < 12 ? { password: texts.shortPassword } : {}),
  };
}

const hasIssues = (error: unknown): boolean => error instanceof ApiError && error.issues.length > 0;

const issueOf = (error: unknown, field: Field): string | undefined =>
  error instanceof ApiError ? error.issues.find((issue) => issue.path === field)?.message : undefined;
