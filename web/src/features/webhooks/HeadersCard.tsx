import { ActionIcon, Button, TextInput } from "@mantine/core";
import { Lock, LockOpen, Plus, Trash2 } from "lucide-react";
import { type ClipboardEvent, useEffect, useRef } from "react";
import { dayOf } from "@/lib/time";
import { headers as texts } from "@/texts/webhooks";
import { Card } from "@/ui/Card";
import { useZone } from "@/ui/preferences";
import { type HeaderProblem, type HeaderRow, keepsValue, maxHeaders, pasted, soundsSecret } from "./headerRules";
import styles from "./webhooks.module.css";

interface Props {
  readonly rows: readonly HeaderRow[];
  readonly onChange: (rows: HeaderRow[]) => void;
  // Shown once somebody has tried to save; what is entered twice is shown at once.
  readonly problems: ReadonlyMap<string, HeaderProblem> | undefined;
  readonly refused: ReadonlyMap<number, string>;
}

let made = 0;
const newRow = (name = "", value = ""): HeaderRow => ({ key: `new${made++}`, name, value, locked: soundsSecret(name) });

// HeadersCard edits custom headers. Locked ones are write-only: an empty value keeps
// what the server has.
export function HeadersCard({ rows, onChange, problems, refused }: Props) {
  const added = useRef<string>(undefined);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (!added.current) return;
    list.current?.querySelector<HTMLInputElement>(`[data-row="${added.current}"] input`)?.focus();
    added.current = undefined;
  });

  function add() {
    const row = newRow();
    added.current = row.key;
    onChange([...rows, row]);
  }
  function change(at: number, part: Partial<HeaderRow>) {
    onChange(rows.map((row, i) => (i === at ? propose({ ...row, ...part }, part) : row)));
  }
  function paste(at: number, event: ClipboardEvent) {
    const pairs = pasted(event.clipboardData.getData("text"));
    if (!pairs) return;
    event.preventDefault();
    const [first, ...rest] = pairs;
    const filled = rows.map((row, i) => (i === at && first ? propose({ ...row, ...first }, first) : row));
    onChange([
      ...filled.slice(0, at + 1),
      ...rest.map((pair) => newRow(pair.name, pair.value)),
      ...filled.slice(at + 1),
    ]);
  }
  return (
    <Card
      title={texts.title}
      actions={
        <Button
          variant="subtle"
          leftSection={<Plus className="icon" />}
          onClick={add}
          disabled={rows.length >= maxHeaders}
        >
          {texts.add}
        </Button>
      }
    >
      <ul ref={list} className={styles.headers} aria-label={texts.caption}>
        {rows.map((row, i) => (
          <Row
            key={row.key}
            row={row}
            number={i + 1}
            problem={problems?.get(row.key)}
            refused={refused.get(i)}
            onChange={(part) => change(i, part)}
            onPaste={(event) => paste(i, event)}
            onRemove={() => onChange(rows.filter((other) => other !== row))}
          />
        ))}
      </ul>
      <p className="sub">
        {texts.help} {rows.some((row) => row.locked) && texts.lockHelp}
        {rows.length >= maxHeaders && ` ${texts.many}`}
      </p>
    </Card>
  );
}

// propose locks a header whose name sounds like a secret, until a person decides.
const propose = (row: HeaderRow, part: Partial<HeaderRow>): HeaderRow =>
  part.name !== undefined && !row.decided ? { ...row, locked: soundsSecret(row.name) } : row;

interface RowProps {
  readonly row: HeaderRow;
  readonly number: number;
  readonly problem: HeaderProblem | undefined;
  readonly refused: string | undefined;
  readonly onChange: (part: Partial<HeaderRow>) => void;
  readonly onPaste: (event: ClipboardEvent) => void;
  readonly onRemove: () => void;
}

function Row({ row, number, problem, refused, onChange, onPaste, onRemove }: RowProps) {
  const zone = useZone();
  const keeps = keepsValue(row);
  const hint = row.withheld && row.value === "" ? texts.withheld : keeps ? texts.emptyKeeps : undefined;
  return (
    <li className={styles.headerRow} data-row={row.key}>
      <TextInput
        aria-label={texts.nameOf(number)}
        placeholder={texts.name}
        classNames={{ input: "mono" }}
        autoComplete="off"
        spellCheck={false}
        value={row.name}
        error={problem?.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        onPaste={onPaste}
      />
      <div className={styles.headerValue}>
        <TextInput
          className={styles.grow ?? ""}
          aria-label={texts.valueOf(number)}
          placeholder={keeps && row.stored ? texts.set(dayOf(row.stored.updatedAt, zone)) : texts.value}
          classNames={{ input: "mono" }}
          autoComplete="off"
          spellCheck={false}
          value={row.value}
          description={hint}
          error={problem?.value ?? refused}
          onChange={(event) => onChange({ value: event.currentTarget.value })}
        />
        <ActionIcon
          aria-label={texts.lockOf(number)}
          aria-pressed={row.locked}
          onClick={() => onChange({ locked: !row.locked, decided: true })}
          title={texts.lockHelp}
        >
          {row.locked ? <Lock className="icon" /> : <LockOpen className="icon" />}
        </ActionIcon>
        <ActionIcon aria-label={texts.removeOf(number)} onClick={onRemove}>
          <Trash2 className="icon" />
        </ActionIcon>
      </div>
    </li>
  );
}
