import { Modal } from "@mantine/core";
import { shortcuts as texts } from "@/texts/shortcuts";
import { preferences, useStore } from "@/ui/preferences";
import { type ShortcutName, shortcutKeys } from "@/ui/shortcuts";
import styles from "./palette.module.css";

// ShortcutSheet lists the keys, from the table that the handlers ask.
export default function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const letters = useStore(preferences.shortcuts);
  const names = Object.keys(shortcutKeys) as ShortcutName[];
  return (
    <Modal opened onClose={onClose} title={texts.sheetTitle} size={520}>
      {letters === "off" && <p className="t2">{texts.off}</p>}
      <table className={styles.sheet}>
        <caption className="hidden-visually">{texts.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.key}</th>
            <th scope="col">{texts.action}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <td>
                {shortcutKeys[name].map((keys, i) => (
                  <span key={keys}>
                    {i > 0 && ` ${texts.or} `}
                    <Keys keys={keys} />
                  </span>
                ))}
              </td>
              <th scope="row">{texts.actions[name]}</th>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}

const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.userAgent);
const shown: Record<string, string> = { ArrowDown: "↓", ArrowUp: "↑", ArrowRight: "→", ArrowLeft: "←", Escape: "Esc" };

function Keys({ keys }: { keys: string }) {
  const [first = "", second] = keys.includes("+") ? keys.split("+") : keys.split(" ");
  const name = (key: string) => (key === "mod" ? (isMac() ? "⌘" : "Ctrl") : (shown[key] ?? key));
  return (
    <>
      <kbd>{name(first)}</kbd>
      {second && (
        <>
          {keys.includes("+") ? "+" : ` ${texts.followedBy} `}
          <kbd>{keys.includes("+") && second.length === 1 ? second.toUpperCase() : name(second)}</kbd>
        </>
      )}
    </>
  );
}
