import { Button, Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { isConflict, type Tagged, type Webhook, webhookQuery } from "@/api/webhooks";
import { isObject } from "@/lib/apiError";
import { conflict as texts } from "@/texts/webhooks";
import { differences } from "./diff";
import type { Settings } from "./useSettings";
import styles from "./webhooks.module.css";

interface Props {
  readonly error: unknown;
  readonly settings: Settings;
  readonly busy: boolean;
  readonly onClose: () => void;
  readonly onReload: (current: Tagged) => void;
  readonly onOverwrite: (current: Tagged) => void;
}

// ConflictDialog shows what overwriting would change of what was saved meanwhile, and lets
// a person decide which stays.
export function ConflictDialog({ error, settings, busy, onClose, onReload, onOverwrite }: Props) {
  const queries = useQueryClient();
  const { base, body, draft } = settings;
  const current = currentOf(error);
  const found = current ? differences(body, draft.headers, current) : [];
  // The answer carries the object; its tag comes with the object itself.
  const newest = async (): Promise<Tagged> => queries.fetchQuery({ ...webhookQuery(base.webhook.id), staleTime: 0 });
  return (
    <Modal opened={current !== undefined} onClose={onClose} title={texts.title} size={640}>
      <p>{found.length > 0 ? texts.body : texts.same}</p>
      {found.length > 0 && (
        <table className={styles.diff}>
          <caption className="hidden-visually">{texts.caption}</caption>
          <thead>
            <tr>
              <th scope="col">{texts.field}</th>
              <th scope="col">{texts.yours}</th>
              <th scope="col">{texts.theirs}</th>
            </tr>
          </thead>
          <tbody>
            {found.map((one) => (
              <tr key={one.field}>
                <th scope="row">{one.field}</th>
                <td>{one.yours}</td>
                <td>{one.theirs}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className={styles.dialogActions}>
        <Button data-autofocus onClick={() => void newest().then(onReload)}>
          {texts.reload}
        </Button>
        <Button variant="filled" loading={busy} onClick={() => void newest().then(onOverwrite)}>
          {texts.overwrite}
        </Button>
      </div>
    </Modal>
  );
}

// The 412 has the webhook as it is now under data.current.
function currentOf(error: unknown): Webhook | undefined {
  if (!isConflict(error) || !isObject(error.data)) return undefined;
  const { current } = error.data;
  return isObject(current) ? (current as Webhook) : undefined;
}
