import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useLocation, useParams } from "react-router";
import { useSession } from "@/api/session";
import { isConflict, type Tagged, useChangeWebhook, type Webhook, webhookQuery } from "@/api/webhooks";
import { isObject } from "@/lib/apiError";
import { form as formTexts, page as texts } from "@/texts/webhooks";
import { announce } from "@/ui/announce";
import { FormError } from "@/ui/ErrorCard";
import { Note } from "@/ui/Note";
import { toast } from "@/ui/toast";
import { UnsavedBar } from "@/ui/UnsavedBar";
import { ConflictDialog } from "./ConflictDialog";
import { checkFields, fieldOf, headerIssues, leftOver, type Problems } from "./fields";
import { HeadersCard } from "./HeadersCard";
import { checkHeaders } from "./headerRules";
import { SettingsCard } from "./SettingsCard";
import { SigningKeyCard } from "./SigningKeyCard";
import { TestCard } from "./TestCard";
import { useSettings } from "./useSettings";
import styles from "./webhooks.module.css";

export function Component() {
  const { id = "" } = useParams();
  const { data } = useQuery(webhookQuery(id));
  // The page around has it already.
  return data ? <Tab key={id} newest={data} /> : null;
}

function Tab({ newest }: { newest: Tagged }) {
  const { dev } = useSession();
  const created = useJustCreated(newest.webhook);
  const settings = useSettings(newest);
  const { draft, base, body } = settings;
  const save = useChangeWebhook();
  const [problems, setProblems] = useState<Problems>({});
  const [tried, setTried] = useState(false);
  const page = useRef<HTMLDivElement>(null);
  const refused = save.error && !isConflict(save.error) ? save.error : undefined;
  const headerProblems = checkHeaders(draft.headers);

  // show marks what is wrong and goes to the first of it.
  const show = useCallback((found: Problems, more: number) => {
    setProblems(found);
    setTried(true);
    announce(formTexts.problems(Object.keys(found).length + more));
    setTimeout(() => page.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  }, []);

  const valid = useCallback((): boolean => {
    const found = checkFields(draft, dev);
    if (Object.keys(found).length === 0 && headerProblems.size === 0) return true;
    show(found, headerProblems.size);
    return false;
  }, [draft, dev, headerProblems, show]);

  const submit = (etag: string) => {
    if (!valid()) return;
    save.mutate(
      { id: base.webhook.id, etag, body },
      {
        onSuccess: (tagged) => {
          settings.begin(tagged);
          setProblems({});
          setTried(false);
          toast(texts.saved);
        },
        onError: (error) => !isConflict(error) && show(fieldOf(error), headerIssues(error).size),
      },
    );
  };
  const discard = () => {
    settings.begin(newest);
    setProblems({});
    setTried(false);
    save.reset();
  };
  return (
    <div ref={page}>
      {created && (
        <Note tone="ok" role="status">
          <p>{formTexts.createdNote}</p>
        </Note>
      )}
      <div className={styles.columns}>
        <div className={styles.column}>
          <SettingsCard
            settings={settings}
            problems={problems}
            onEdit={(field) => setProblems(({ [field]: _, ...rest }) => rest)}
          />
          <TestCard settings={settings} valid={valid} />
        </div>
        <div className={styles.column}>
          <SigningKeyCard id={base.webhook.id} />
          <HeadersCard
            rows={draft.headers}
            onChange={(headers) => {
              settings.set({ headers });
              if (refused) save.reset();
            }}
            problems={tried ? headerProblems : undefined}
            refused={headerIssues(refused)}
          />
        </div>
      </div>
      <FormError error={refused && leftOver(refused)} />
      <UnsavedBar
        changes={settings.changes}
        onDiscard={discard}
        onSave={() => submit(base.etag)}
        busy={save.isPending}
      />
      <ConflictDialog
        error={save.error}
        settings={settings}
        busy={save.isPending}
        onClose={() => save.reset()}
        onReload={(current) => {
          settings.begin(current);
          save.reset();
        }}
        onOverwrite={(current) => submit(current.etag)}
      />
    </div>
  );
}

// useJustCreated says whether this page follows the dialog that made the webhook. The
// address forgets it, so that a reload or coming back says nothing, and so does
// disabling: that it is active would be news of the past.
function useJustCreated({ enabled, suspendedAt }: Webhook): boolean {
  const { state } = useLocation();
  const [created, setCreated] = useState(isObject(state) && state.created === true);
  useEffect(() => {
    if (created) history.replaceState({ ...history.state, usr: null }, "");
  }, [created]);
  const active = enabled && !suspendedAt;
  if (created && !active) setCreated(false);
  return created && active;
}
