import type { Setting } from "@/api/system";
import { settings as texts } from "@/texts/settings";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { type Section, sectionOf, variableOf } from "./sections";
import styles from "./settings.module.css";

interface Props {
  readonly section: Section;
  readonly settings: readonly Setting[];
}

// SettingsTable shows the settings of a section: their value, where it comes from and
// how to change it.
export function SettingsTable({ section, settings }: Props) {
  return (
    <DataTable
      caption={texts.caption(texts.sections[section])}
      columns={columns}
      rows={settings.filter((setting) => sectionOf(setting.key) === section)}
      rowKey={(setting) => setting.key}
      empty={<EmptyState title={texts.hidden} />}
    />
  );
}

const columns: readonly Column<Setting>[] = [
  { key: "key", head: texts.setting, rowHead: true, cell: (setting) => <span className="mono">{setting.key}</span> },
  {
    key: "value",
    head: texts.value,
    cell: (setting) =>
      setting.value === "" ? (
        <span className="t2">{texts.empty}</span>
      ) : (
        <span className={`mono ${styles.value}`}>{setting.value}</span>
      ),
  },
  { key: "source", head: texts.source, cell: (setting) => setting.source },
  {
    key: "change",
    head: texts.change,
    cell: (setting) => <code className="mono">{variableOf(setting.key)}</code>,
    hide: "narrow",
  },
];
