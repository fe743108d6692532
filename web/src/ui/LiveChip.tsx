import { ActionIcon } from "@mantine/core";
import { Pause, Play } from "lucide-react";
import { clockTime } from "@/lib/time";
import { live as texts } from "@/texts/common";
import { useZone } from "./preferences";
import styles from "./ui.module.css";

export type LiveLook = keyof typeof looks;

const looks = {
  live: "ok",
  connecting: "mute",
  reconnecting: "warn",
  polling: "warn",
  paused: "mute",
  stopped: "mute",
  offline: "bad",
} as const;

interface Props {
  readonly state: LiveLook;
  readonly asOf: number;
  readonly onPause: () => void;
  readonly onResume: () => void;
}

// LiveChip says whether the page follows what happens, since when it does not, and
// stops or goes on.
export function LiveChip({ state, asOf, onPause, onResume }: Props) {
  const zone = useZone();
  const still = state === "paused" || state === "reconnecting" || state === "offline";
  return (
    <span className={styles.live}>
      <span className={styles.dot} data-tone={looks[state]} aria-hidden="true" />
      <span>
        {texts[state]}
        {still && <span className="t3"> {texts.asOf(clockTime(asOf, zone))}</span>}
      </span>
      {state === "paused" ? (
        <ActionIcon onClick={onResume} aria-label={texts.resume} size={24}>
          <Play className="icon" />
        </ActionIcon>
      ) : (
        <ActionIcon onClick={onPause} aria-label={texts.pause} size={24}>
          <Pause className="icon" />
        </ActionIcon>
      )}
    </span>
  );
}
