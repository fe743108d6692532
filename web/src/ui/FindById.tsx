import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { asApiError } from "@/lib/apiError";
import { notFound as texts } from "@/texts/common";
import styles from "./ui.module.css";

interface Props {
  // Where the page of an identifier is; undefined if it names nothing.
  readonly find: (id: string) => Promise<string | undefined>;
}

// FindById leads to whatever an identifier names.
export function FindById({ find }: Props) {
  const navigate = useNavigate();
  const [id, setId] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const wanted = id.trim();
    if (!wanted) return setProblem(texts.searchHelp);
    setBusy(true);
    try {
      const path = await find(wanted);
      if (path) navigate(path);
      else setProblem(texts.nothing);
    } catch (error) {
      setProblem(asApiError(error).message);
    } finally {
      setBusy(false);
    }
  }
  return (
    <form onSubmit={submit} className={styles.find} noValidate>
      <TextInput
        type="search"
        label={texts.searchLabel}
        description={texts.searchHelp}
        error={problem}
        value={id}
        onChange={(event) => {
          setId(event.currentTarget.value);
          setProblem(undefined);
        }}
      />
      <Button type="submit" loading={busy}>
        {texts.search}
      </Button>
    </form>
  );
}
