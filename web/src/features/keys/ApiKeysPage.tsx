import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { type ApiKey, keysQuery } from "@/api/keys";
import { common } from "@/texts/common";
import { keys as texts } from "@/texts/keys";
import { Tag } from "@/ui/Badge";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { PageHead } from "@/ui/PageHead";
import { Instant, Time } from "@/ui/Time";
import { CreateKeyDialog } from "./CreateKeyDialog";
import styles from "./keys.module.css";
import { RevokeDialog } from "./RevokeDialog";

// The page of API keys: what there is, a new one, and the end of one.
export function Component() {
  const keys = useQuery(keysQuery);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();
  const create = (
    <Button variant="filled" leftSection={<Plus className="icon" />} onClick={() => setCreating(true)}>
      {texts.create}
    </Button>
  );
  const none = keys.data?.length === 0;
  return (
    <>
      <PageHead title={texts.title} sub={texts.sub} actions={!none && create} />
      <DataTable
        caption={texts.caption}
        columns={columns(setRevoking)}
        rows={keys.data}
        rowKey={(key) => key.id}
        error={keys.error}
        onRetry={() => void keys.refetch()}
        empty={
          <EmptyState title={texts.emptyTitle} actions={create}>
            {texts.emptyBody}
          </EmptyState>
        }
        refreshing={keys.isFetching}
        skeletonRows={3}
      />
      <CreateKeyDialog opened={creating} onClose={() => setCreating(false)} />
      <RevokeDialog apiKey={revoking} onClose={() => setRevoking(undefined)} />
    </>
  );
}

const columns = (onRevoke: (key: ApiKey) => void): Column<ApiKey>[] => [
  { key: "name", head: texts.name, rowHead: true, cell: (key) => <span className={styles.name}>{key.name}</span> },
  { key: "prefix", head: texts.prefix, cell: (key) => <code className="mono">{key.prefix}…</code>, hide: "narrow" },
  {
    key: "scopes",
    head: texts.scopes,
    cell: (key) => (
      <span className={styles.scopes}>
        {key.scopes.map((scope) => (
          <Tag key={scope}>{scope}</Tag>
        ))}
      </span>
    ),
  },
  { key: "createdBy", head: texts.createdBy, cell: (key) => key.createdBy, hide: "medium" },
  { key: "lastUsed", head: texts.lastUsed, cell: (key) => <LastUsed apiKey={key} />, hide: "narrow" },
  { key: "expires", head: texts.expires, cell: (key) => <Expiry at={key.expiresAt} />, hide: "narrow" },
  {
    key: "revoke",
    head: common.actions,
    quiet: true,
    cell: (key) => (
      <Button size="compact-sm" aria-label={texts.revokeNamed(key.name)} onClick={() => onRevoke(key)}>
        {texts.revoke}
      </Button>
    ),
  },
];

export function LastUsed({ apiKey }: { apiKey: ApiKey }) {
  if (!apiKey.lastUsedAt) return common.never;
  return (
    <>
      <Time at={apiKey.lastUsedAt} />
      {apiKey.lastUsedAddress && <span className="t3"> {texts.lastUsedFrom(apiKey.lastUsedAddress)}</span>}
    </>
  );
}

function Expiry({ at }: { at: string | undefined }) {
  if (!at) return common.never;
  if (Date.parse(at) <= Date.now()) return <Tag>{texts.expired}</Tag>;
  return <Instant at={at} />;
}
