import type { Attempt } from "@/api/deliveries";
import { request as texts } from "@/texts/request";
import { PhaseBar } from "@/ui/PhaseBar";

// Phases are where the time of an attempt went, and over which connection.
export function Phases({ attempt }: { attempt: Attempt }) {
  const facts = [
    ...(attempt.address ? [texts.resolved(attempt.address)] : []),
    ...(attempt.reused ? [texts.reused] : []),
    ...(attempt.tlsVersion ? [attempt.tlsVersion] : []),
    ...(attempt.httpVersion ? [attempt.httpVersion] : []),
  ];
  return (
    <>
      <PhaseBar phases={attempt.phases} />
      {facts.length > 0 && <p className="sub wrap">{facts.join(" · ")}</p>}
    </>
  );
}
