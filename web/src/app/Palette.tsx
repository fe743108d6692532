import { Modal } from "@mantine/core";
import { Fragment, type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { palette as texts } from "@/texts/shortcuts";
import styles from "./palette.module.css";
import { type Command, usePaletteCommands } from "./usePaletteCommands";

interface Props {
  readonly onClose: () => void;
  readonly onSheet: () => void;
}

// Palette finds pages, webhooks, event types, IDs and actions by what is typed.
export default function Palette({ onClose, onSheet }: Props) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const commands = usePaletteCommands(text, onSheet);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const chosen = Math.min(at, commands.length - 1);

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  });
  function run(command: Command | undefined) {
    if (!command) return;
    onClose();
    command.run();
  }
  function key(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((chosen + step + commands.length) % Math.max(commands.length, 1));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      run(commands[chosen]);
    }
  }
  return (
    <Modal opened onClose={onClose} title={texts.title} size={600}>
      <input
        className={styles.input}
        role="combobox"
        aria-label={texts.label}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={commands[chosen] ? `${id}-${chosen}` : undefined}
        aria-autocomplete="list"
        placeholder={texts.label}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={key}
        data-autofocus
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={texts.results} className={styles.list}>
        {commands.map((command, i) => (
          <Fragment key={command.key}>
            {command.group !== commands[i - 1]?.group && (
              <div role="presentation" className={styles.group}>
                {command.group}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the box above */}
            <div
              id={`${id}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === chosen}
              className={styles.option}
              onClick={() => run(command)}
              onMouseMove={() => setAt(i)}
            >
              <span>{command.text}</span>
              {command.detail && <span className="t3 mono">{command.detail}</span>}
            </div>
          </Fragment>
        ))}
      </div>
      <p role="status" className={commands.length === 0 ? "t2" : "hidden-visually"}>
        {commands.length === 0 ? texts.none : ""}
      </p>
    </Modal>
  );
}
