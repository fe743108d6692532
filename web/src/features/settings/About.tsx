import { Check, TriangleAlert, X } from "lucide-react";
import { useSession } from "@/api/session";
import type { System, SystemCheck } from "@/api/system";
import { bytes } from "@/lib/format";
import { settings as texts } from "@/texts/settings";
import { Badge } from "@/ui/Badge";
import { Card } from "@/ui/Card";
import { CopyButton } from "@/ui/CopyButton";
import { type Column, DataTable } from "@/ui/DataTable";
import { Time } from "@/ui/Time";
import styles from "./settings.module.css";

// About is what runs here, and how it is.
export function About({ system }: { system: System }) {
  const { tenant } = useSession();
  return (
    <div className={styles.stack}>
      <Card
        title={texts.sections.about}
        actions={
          <CopyButton
            value={diagnostics(system)}
            what={texts.diagnosticsWhat}
            label={texts.diagnostics}
            variant="default"
          />
        }
      >
        <dl className={styles.facts}>
          <dt>{texts.version}</dt>
          <dd className="mono">{system.version}</dd>
          {system.commit && (
            <>
              <dt>{texts.commit}</dt>
              <dd className="mono">{system.commit}</dd>
            </>
          )}
          <dt>{texts.started}</dt>
          <dd>
            <Time at={system.startedAt} />
          </dd>
          {system.storage && (
            <>
              <dt>{texts.storage}</dt>
              <dd>
                {texts.storages[system.storage.kind]}, {bytes(system.storage.bytes)}
              </dd>
            </>
          )}
          <dt>{texts.tenant}</dt>
          <dd>{tenant}</dd>
          <dt>{texts.licence}</dt>
          <dd>{texts.licenceText}</dd>
        </dl>
      </Card>
      {system.checks.length > 0 && (
        <Card title={texts.checks} flush>
          <DataTable
            caption={texts.checksCaption}
            columns={columns}
            rows={system.checks}
            rowKey={(check) => check.name}
          />
        </Card>
      )}
    </div>
  );
}

const columns: readonly Column<SystemCheck>[] = [
  { key: "name", head: texts.check, rowHead: true, cell: (check) => check.name },
  { key: "state", head: texts.state, cell: (check) => <CheckBadge check={check} /> },
  { key: "detail", head: texts.detail, cell: (check) => <span className={styles.value}>{check.detail}</span> },
];

function CheckBadge({ check }: { check: SystemCheck }) {
  if (!check.ok) {
    return (
      <Badge tone="bad" icon={<X />}>
        {texts.failed}
      </Badge>
    );
  }
  return check.warning ? (
    <Badge tone="warn" icon={<TriangleAlert />}>
      {texts.warning}
    </Badge>
  ) : (
    <Badge tone="ok" icon={<Check />}>
      {texts.ok}
    </Badge>
  );
}

// diagnostics is for a report: what runs and how it is, without any setting's value.
export const diagnostics = ({ version, commit, uptime, storage, checks }: System): string =>
  JSON.stringify({ version, commit, uptime, storage, checks, browser: navigator.userAgent }, null, 2);
