import type { System } from "@/api/system";
import { settings as texts } from "@/texts/settings";
import { Card } from "@/ui/Card";
import { SettingsTable } from "./SettingsTable";
import styles from "./settings.module.css";

// Network is where the server may send requests to.
export function Network({ system }: { system: System }) {
  return (
    <div className={styles.stack}>
      {system.network && (
        <Card title={texts.rules}>
          <p>{system.network.rules}</p>
          <dl className={styles.facts}>
            <dt>{texts.allow}</dt>
            <dd className={system.network.allow.length > 0 ? "mono" : undefined}>
              {system.network.allow.join(", ") || texts.noAllow}
            </dd>
          </dl>
        </Card>
      )}
      <SettingsTable section="network" settings={system.settings} />
    </div>
  );
}
