import { clockTime, countdown } from "@/lib/time";
import { attempts as texts } from "@/texts/common";
import { useZone } from "./preferences";
import { useNow } from "./useNow";

// Countdown says when the next attempt is. What changes each second is not read out.
export function Countdown({ at }: { at: string }) {
  const zone = useZone();
  const now = useNow((present) => 1_000 - (present % 1_000) || 1_000);
  const left = Date.parse(at) - now;
  return (
    <span className="nowrap">
      <span aria-hidden="true">{left > 0 ? texts.nextIn(countdown(left)) : texts.nextNow}</span>
      <span className="hidden-visually">{texts.nextAt(clockTime(at, zone))}</span>
    </span>
  );
}
