import { Button, PasswordInput, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { Link } from "react-router";
import { useSession, useSetup } from "@/api/session";
import { ApiError } from "@/lib/apiError";
import { session as texts } from "@/texts/session";
import { FormError } from "@/ui/ErrorCard";
import { Note } from "@/ui/Note";
import { Alone } from "./Alone";
import { useToken } from "./fragment";
import styles from "./session.module.css";
import { strength } from "./strength";

// The page behind the setup link: it makes the first user.
export function Component() {
  const token = useToken("token");
  const session = useSession();
  const setup = useSetup();
  if (session.state !== "setup") return <Refused title={texts.setupDone} done />;
  if (!token) return <Refused title={texts.setupNoToken} />;
  // Another link is another try.
  const refused = setup.variables?.token === token ? refusal(setup.error) : undefined;
  if (refused) return <Refused title={refused.text} done={refused.done} />;
  return (
    <Alone title={texts.setupTitle}>
      <p className="t2">{texts.setupIntro}</p>
      <SetupForm setup={setup} token={token} />
    </Alone>
  );
}

function Refused({ title, done = false }: { title: string; done?: boolean }) {
  return (
    <Alone title={texts.setupTitle}>
      <Note tone={done ? "info" : "bad"} role="alert">
        <p>
          <b>{title}</b>
        </p>
      </Note>
      {done ? (
        <Link to="/login">{texts.toSignIn}</Link>
      ) : (
        <p className="t2">
          {texts.setupHelp} <code className="mono">{texts.setupCommand}</code>
        </p>
      )}
    </Alone>
  );
}

function refusal(error: unknown): { text: string; done: boolean } | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.code === "setup.done") return { text: texts.setupDone, done: true };
  if (error.status === 410) return { text: texts.setupExpired, done: false };
  return error.status === 401 ? { text: texts.setupInvalid, done: false } : undefined;
}

type Field = "name" | "email" | "password";

function SetupForm({ setup, token }: { setup: ReturnType<typeof useSetup>; token: string }) {
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
    error: problems[name] ?? issueOf(setup.error, name),
    onChange: (event: { currentTarget: { value: string } }) => setForm({ ...form, [name]: event.currentTarget.value }),
  });
  return (
    <form onSubmit={submit} noValidate className={styles.form}>
      {!hasIssues(setup.error) && <FormError error={setup.error} />}
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
