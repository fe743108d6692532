import { Check, CircleHelp, X } from "lucide-react";
import type { Message } from "@/api/receiver";
import { receiver as texts } from "@/texts/receiver";
import { Badge } from "@/ui/Badge";

const looks = {
  valid: { tone: "ok", icon: <Check /> },
  invalid: { tone: "bad", icon: <X /> },
  unchecked: { tone: "mute", icon: <CircleHelp /> },
} as const;

// VerdictBadge says whether the signatures of a message are right.
export function VerdictBadge({ verdict }: { verdict: Message["verdict"] }) {
  const { tone, icon } = looks[verdict.result];
  return (
    <Badge tone={tone} icon={icon}>
      {texts.verdicts[verdict.result]}
    </Badge>
  );
}
