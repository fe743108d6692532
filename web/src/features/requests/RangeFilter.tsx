import { Button, Popover, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { absolute, fromField, instantOf, toField } from "@/lib/time";
import { requests as texts } from "@/texts/requests";
import { FilterChips } from "@/ui/FilterChips";
import { useZone } from "@/ui/preferences";
import { type RequestFilter, ranges } from "./filters";
import styles from "./requests.module.css";

interface Props {
  readonly filter: RequestFilter;
  readonly onChange: (change: Pick<RequestFilter, "from" | "to">) => void;
}

// RangeFilter chooses the time: a span up to now, or two instants.
export function RangeFilter({ filter, onChange }: Props) {
  const [opened, setOpened] = useState(false);
  const usual = ranges.find((range) => range === filter.from);
  const value = usual && !filter.to ? usual : "custom";
  return (
    <>
      <FilterChips<string>
        label={texts.rangeLabel}
        value={value}
        onChange={(from) => onChange({ from, to: "" })}
        chips={ranges.map((range) => ({ value: range, text: texts.rangeNames[range] }))}
      />
      <Popover opened={opened} onChange={setOpened} trapFocus position="bottom-start">
        <Popover.Target>
          <Button onClick={() => setOpened(!opened)} data-chosen={value === "custom" || undefined}>
            {texts.custom}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <CustomRange
            filter={filter}
            onApply={(change) => {
              setOpened(false);
              onChange(change);
            }}
          />
        </Popover.Dropdown>
      </Popover>
    </>
  );
}

function CustomRange({ filter, onApply }: { filter: RequestFilter; onApply: Props["onChange"] }) {
  const zone = useZone();
  const field = (text: string) => {
    const at = instantOf(text, Date.now());
    return at === undefined ? "" : toField(at, zone);
  };
  const [from, setFrom] = useState(() => field(filter.from));
  const [to, setTo] = useState(() => field(filter.to));
  const [problem, setProblem] = useState<string>();

  function submit(event: FormEvent) {
    event.preventDefault();
    const first = fromField(from, zone);
    const last = fromField(to, zone);
    if (!first) return setProblem(texts.noRange);
    if (last && last <= first) return setProblem(texts.rangeOrder);
    onApply({ from: first, to: last ?? "" });
  }
  return (
    <form onSubmit={submit} className={styles.custom} noValidate>
      <TextInput
        type="datetime-local"
        step={1}
        label={texts.from}
        value={from}
        error={problem}
        onChange={(event) => setFrom(event.currentTarget.value)}
        data-autofocus
      />
      <TextInput
        type="datetime-local"
        step={1}
        label={texts.to}
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <Button type="submit" variant="filled">
        {texts.apply}
      </Button>
    </form>
  );
}

// useRangeText says which time a filter is about.
export function useRangeText(): (filter: RequestFilter) => string {
  const zone = useZone();
  return ({ from, to }) => {
    const usual = ranges.find((range) => range === from);
    if (usual && !to) return texts.lastRange(texts.lastNames[usual]);
    const text = (when: string) => absolute(instantOf(when, Date.now()) ?? 0, zone);
    if (!to) return texts.since(text(from));
    return usual ? texts.until(text(to)) : texts.rangeText(text(from), text(to));
  };
}
