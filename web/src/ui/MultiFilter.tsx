import { Button, Checkbox, Popover, TextInput } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { filters as texts } from "@/texts/common";
import styles from "./ui.module.css";

export interface FilterOption {
  readonly value: string;
  readonly text: string;
}

interface Props {
  readonly label: string;
  readonly options: readonly FilterOption[];
  readonly value: readonly string[];
  readonly onChange: (value: string[]) => void;
  // Told what is looked for, where the options come from the server.
  readonly onFind?: (text: string) => void;
  // Only one may be chosen.
  readonly single?: boolean;
  readonly mono?: boolean;
  readonly findable?: boolean;
  readonly onOpen?: () => void;
}

// MultiFilter is a filter by some of many values: a button that says how many are
// chosen, over a list of checkboxes.
export function MultiFilter(props: Props) {
  const { label, options, value, onChange, single = false } = props;
  const [opened, setOpened] = useState(false);
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const found = options.filter((option) => option.text.toLowerCase().includes(wanted));
  const missing = value.filter((one) => !options.some((option) => option.value === one));
  const all = wanted ? found : [...missing.map((one) => ({ value: one, text: one })), ...found];
  const shown = all.slice(0, 200);

  function choose(option: string, on: boolean) {
    if (single) onChange(on ? [option] : []);
    else onChange(on ? [...value, option] : value.filter((one) => one !== option));
  }

  return (
    <Popover opened={opened} onChange={setOpened} trapFocus position="bottom-start">
      <Popover.Target>
        <Button
          onClick={() => {
            if (!opened) props.onOpen?.();
            setOpened(!opened);
          }}
          rightSection={<ChevronDown className="icon" />}
          data-chosen={value.length > 0 || undefined}
        >
          {value.length > 0 ? texts.chosen(label, value.length) : label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={styles.options}>
          {props.findable !== false && (
            <TextInput
              aria-label={texts.find(label)}
              placeholder={texts.find(label)}
              value={text}
              onChange={(event) => {
                setText(event.currentTarget.value);
                props.onFind?.(event.currentTarget.value);
              }}
              data-autofocus
            />
          )}
          <fieldset className={styles.optionList} aria-label={label}>
            {shown.map((option) => (
              <Checkbox
                key={option.value}
                label={<span className={props.mono ? "mono" : "wrap"}>{option.text}</span>}
                checked={value.includes(option.value)}
                onChange={(event) => choose(option.value, event.currentTarget.checked)}
              />
            ))}
            {shown.length === 0 && <p className="sub">{texts.none}</p>}
          </fieldset>
          {value.length > 0 && (
            <Button size="compact-sm" variant="subtle" onClick={() => onChange([])}>
              {texts.clear}
            </Button>
          )}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
