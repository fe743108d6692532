import { ActionIcon, Button, Checkbox, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Info, Search } from "lucide-react";
import { type Ref, useId, useMemo, useState } from "react";
import { eventRateQuery } from "@/api/events";
import { type EventTypeRow, eventTypeQuery, eventTypesQuery } from "@/api/eventTypes";
import { perMinuteText } from "@/lib/eventRate";
import { printJson, tryParseJson } from "@/lib/jsonTokens";
import { form as formTexts, picker as texts } from "@/texts/webhooks";
import { Tag } from "@/ui/Badge";
import { CodeBlock } from "@/ui/CodeBlock";
import { ErrorCard } from "@/ui/ErrorCard";
import {
  expand,
  type Group,
  groupsOf,
  isSelected,
  toggleAll,
  toggleGroup,
  toggleName,
  togglePattern,
} from "./selection";
import styles from "./webhooks.module.css";

interface Props {
  readonly value: readonly string[];
  readonly onChange: (value: string[]) => void;
  readonly error?: string | undefined;
  // The search box takes the focus where a mistake is shown.
  readonly searchRef?: Ref<HTMLInputElement>;
  readonly autoFocus?: boolean;
}

const manyEvents = 15;

// EventPicker chooses events by name, by group, by group with its future, or all.
export function EventPicker({ value, onChange, error, searchRef, autoFocus }: Props) {
  const types = useQuery(eventTypesQuery);
  const [q, setQ] = useState("");
  const id = useId();
  const all = useMemo(() => types.data ?? [], [types.data]);
  const groups = useMemo(() => groupsOf(all, texts.others), [all]);
  const shown = useMemo(() => search(groups, q), [groups, q]);
  const everything = value.includes("*");
  const count = expand(value, all).length;

  return (
    <fieldset
      className={styles.picker}
      aria-describedby={`${id}-help ${id}-error`}
      data-invalid={error ? true : undefined}
    >
      <legend className="label">{formTexts.events}</legend>
      <div className={styles.pickerTop}>
        <TextInput
          ref={searchRef}
          className={styles.grow ?? ""}
          aria-label={texts.search}
          placeholder={texts.search}
          leftSection={<Search className="icon" />}
          value={q}
          onChange={(event) => setQ(event.currentTarget.value)}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          data-autofocus={autoFocus || undefined}
        />
        <Switch
          label={texts.all}
          checked={everything}
          onChange={() => onChange(toggleAll(value, all))}
          title={texts.allHelp}
        />
      </div>
      {types.error && <ErrorCard error={types.error} onRetry={() => void types.refetch()} />}
      <Offers groups={groups} q={q} value={value} all={all} onChange={onChange} />
      <section className={styles.pickerList} aria-label={texts.list}>
        {shown.map((group) => (
          <GroupRows key={group.title} group={group} value={value} all={all} onChange={onChange} />
        ))}
        {types.data && shown.length === 0 && <p className={styles.pickerNone}>{texts.none(q)}</p>}
      </section>
      <p id={`${id}-error`} className={error ? "field-error" : undefined}>
        {error}
      </p>
      <p id={`${id}-help`} className={`sub ${styles.help}`}>
        {formTexts.eventsHelp} {count > 0 && <span role="status">{texts.selected(count)}.</span>}
      </p>
      {count > manyEvents && <ManyEvents names={everything ? [] : expand(value, all)} count={count} />}
    </fieldset>
  );
}

// ManyEvents warns of the traffic that a wide choice means.
function ManyEvents({ names, count }: { names: readonly string[]; count: number }) {
  const rate = useQuery(eventRateQuery(names));
  return (
    <p className={styles.warn}>
      {formTexts.eventsMany(count)}{" "}
      {rate.data && formTexts.eventsRate(perMinuteText(rate.data.perMinute), rate.data.ofDay)}
    </p>
  );
}

type Groups = readonly Group<EventTypeRow>[];

// search keeps what contains the words; "User.*" keeps its group.
function search(groups: Groups, q: string): Groups {
  const words = q
    .trim()
    .toLowerCase()
    .replace(/\.?\*$/, "")
    .split(/\s+/)
    .filter(Boolean);
  if (words.length === 0) return groups;
  const matches = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  return groups
    .map((group) => ({
      ...group,
      types: group.types.filter((t) => matches(`${t.name} ${group.title} ${t.description}`)),
    }))
    .filter((group) => group.types.length > 0);
}

interface ListProps {
  readonly value: readonly string[];
  readonly all: readonly EventTypeRow[];
  readonly onChange: (value: string[]) => void;
}

// Offers answer "User.*" in the search box: the group with its future, or as it is.
function Offers({ groups, q, value, all, onChange }: ListProps & { groups: Groups; q: string }) {
  const wanted = q.trim().toLowerCase();
  const group = wanted.endsWith("*") ? groups.find((g) => g.pattern?.toLowerCase() === wanted) : undefined;
  if (!group?.pattern) return null;
  const { pattern } = group;
  return (
    <div className={styles.offers}>
      <Button disabled={value.includes(pattern)} onClick={() => onChange(togglePattern(value, pattern, all))}>
        {texts.futureOf(group.title)}
      </Button>
      <Button
        onClick={() => onChange(togglePattern(value.includes(pattern) ? value : [...value, pattern], pattern, all))}
      >
        {texts.todayOf(group.types.length, group.title)}
      </Button>
    </div>
  );
}

function GroupRows({ group, value, all, onChange }: ListProps & { group: Group<EventTypeRow> }) {
  const chosen = group.types.filter((t) => isSelected(value, t.name)).length;
  const { pattern } = group;
  const future = pattern !== undefined && (value.includes(pattern) || value.includes("*"));
  return (
    <div className={styles.group} role="group" aria-label={group.title}>
      <div className={styles.groupHead}>
        <Checkbox
          label={<b>{group.title}</b>}
          checked={chosen === group.types.length}
          indeterminate={chosen > 0 && chosen < group.types.length}
          onChange={() => onChange(toggleGroup(value, group, all))}
        />
        <span className="sub">{texts.ofGroup(chosen, group.types.length)}</span>
        {pattern && (
          <Checkbox
            className={styles.future ?? ""}
            label={texts.future}
            aria-label={texts.futureOf(group.title)}
            checked={future}
            disabled={value.includes("*")}
            onChange={() => onChange(togglePattern(value, pattern, all))}
          />
        )}
      </div>
      {group.types.map((type) => (
        <TypeRow
          key={type.name}
          type={type}
          checked={isSelected(value, type.name)}
          onToggle={() => onChange(toggleName(value, type.name, all))}
        />
      ))}
    </div>
  );
}

function TypeRow({ type, checked, onToggle }: { type: EventTypeRow; checked: boolean; onToggle: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <div className={styles.typeRow}>
        <Checkbox
          className={styles.grow ?? ""}
          label={<span className="mono">{type.name}</span>}
          description={type.description}
          checked={checked}
          onChange={onToggle}
        />
        {type.deprecated && <Tag>{texts.deprecated}</Tag>}
        <ActionIcon size={24} aria-label={texts.example(type.name)} aria-expanded={open} onClick={() => setOpen(!open)}>
          <Info className="icon" />
        </ActionIcon>
      </div>
      {open && <Example name={type.name} />}
    </div>
  );
}

function Example({ name }: { name: string }) {
  const type = useQuery(eventTypeQuery(name));
  if (type.error) return <ErrorCard error={type.error} onRetry={() => void type.refetch()} />;
  return <CodeBlock text={pretty(type.data?.example ?? "")} label={texts.example(name)} wrap />;
}

const pretty = (text: string): string => {
  const node = tryParseJson(text);
  return node ? printJson(node) : text;
};
