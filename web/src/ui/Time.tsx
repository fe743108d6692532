import { absolute, clockTime, nextChange, relative } from "@/lib/time";
import { useZone } from "./preferences";
import { useNow } from "./useNow";

// Time is relative within a day and absolute beyond and on hover.
export function Time({ at }: { at: string }) {
  const zone = useZone();
  const now = useNow((present) => nextChange(at, present));
  const full = absolute(at, zone);
  return (
    <time dateTime={at} title={full} className="nowrap">
      {relative(at, now) ?? full}
    </time>
  );
}

// Instant is always absolute; clock leaves the day out.
export function Instant({ at, clock = false }: { at: string; clock?: boolean }) {
  const zone = useZone();
  return (
    <time dateTime={at} title={absolute(at, zone)}>
      {clock ? clockTime(at, zone) : absolute(at, zone)}
    </time>
  );
}
