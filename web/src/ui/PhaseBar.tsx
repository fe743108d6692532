import { duration } from "@/lib/format";
import { phases as texts } from "@/texts/common";
import styles from "./ui.module.css";

export interface Phases {
  readonly dns: number | null;
  readonly connect: number | null;
  readonly tls: number | null;
  readonly wait: number | null;
  readonly read: number | null;
}

const names = ["dns", "connect", "tls", "wait", "read"] as const;

// PhaseBar shows what the time of an attempt went into. The words below it say the
// same; phases that did not happen, as on a reused connection, are left out.
export function PhaseBar({ phases }: { phases: Phases }) {
  const known = names.flatMap((name) => {
    const ms = phases[name];
    return ms === null ? [] : [{ name, ms }];
  });
  const total = known.reduce((sum, phase) => sum + phase.ms, 0);
  if (known.length === 0) return null;
  const said = known.map(({ name, ms }) => `${texts[name]} ${duration(ms)}`).join(" · ");
  return (
    <div>
      <div className={styles.phases} aria-hidden="true">
        {known.map(({ name, ms }) => (
          <span key={name} data-phase={name} style={{ flexGrow: total > 0 ? ms / total : 1 }} />
        ))}
      </div>
      <p className="sub">{said}</p>
    </div>
  );
}
