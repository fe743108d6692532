import { Check, Pause, TriangleAlert, X } from "lucide-react";
import { healthLevel, rate } from "@/lib/format";
import { health as texts } from "@/texts/common";
import { Badge } from "./Badge";

interface Props {
  readonly successes: number;
  readonly total: number;
  readonly enabled: boolean;
  readonly suspended?: boolean;
}

// RateBadge is the success rate of 24 hours; it is there at 0 % too.
export function RateBadge({ successes, total, enabled, suspended = false }: Props) {
  if (suspended || !enabled) {
    return (
      <Badge tone="mute" icon={<Pause />}>
        {suspended ? texts.suspended : texts.disabled}
      </Badge>
    );
  }
  const level = healthLevel(successes, total);
  if (level === "idle") return <span className="t3">{texts.idle}</span>;
  const look = {
    healthy: { tone: "ok", icon: <Check /> },
    degraded: { tone: "warn", icon: <TriangleAlert /> },
    failing: { tone: "bad", icon: <X /> },
  } as const;
  return (
    <Badge tone={look[level].tone} icon={look[level].icon} title={texts.of(successes, total)}>
      <span className="hidden-visually">{texts[level]}, </span>
      {rate(successes, total)}
    </Badge>
  );
}
