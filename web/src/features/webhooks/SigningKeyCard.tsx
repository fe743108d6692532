import { ActionIcon, Button } from "@mantine/core";
import { Eye, EyeOff, RotateCw } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import type { Schemas } from "@/api/client";
import { useForgetSignedOut, useMutation } from "@/api/mutation";
import { getSigningKey, useRotateSigningKey } from "@/api/webhooks";
import { key as texts } from "@/texts/webhooks";
import { Card } from "@/ui/Card";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyButton } from "@/ui/CopyButton";
import { FormError } from "@/ui/ErrorCard";
import { toast } from "@/ui/toast";
import styles from "./webhooks.module.css";

const VerifyDrawer = lazy(() => import("./VerifyDrawer"));

// How long a key is shown.
const shownMs = 30_000;
// Always as many: the dots tell nothing about the key.
const dots = "•".repeat(20);

// SigningKeyCard asks for the key when a person wants to see or copy it, and forgets it.
export function SigningKeyCard({ id }: { id: string }) {
  const [shown, setShown] = useState<Schemas["SigningKey"]>();
  const [asking, setAsking] = useState(false);
  const [verifying, setVerifying] = useState(false);
  const [failed, setFailed] = useState<unknown>();
  useForgetSignedOut(failed, () => setFailed(undefined));
  const text = useRef<HTMLSpanElement>(null);
  const show = useMutation({ mutationFn: () => getSigningKey(id), onSuccess: setShown, onError: setFailed, gcTime: 0 });
  const rotate = useRotateSigningKey();

  useEffect(() => {
    if (!shown) return;
    const timer = setTimeout(() => setShown(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [shown]);

  function toggle() {
    setFailed(undefined);
    if (shown) setShown(undefined);
    else show.mutate();
  }
  function regenerate() {
    rotate.mutate(id, {
      onSuccess: (made) => {
        setAsking(false);
        setShown(made);
        toast(texts.regenerated);
        rotate.reset();
      },
    });
  }
  return (
    <Card title={texts.title}>
      <div className={styles.keyLine}>
        {shown ? (
          <span ref={text} className={`mono ${styles.keyText}`}>
            {shown.signingKey}
          </span>
        ) : (
          <span className={`mono ${styles.keyText}`}>
            <span aria-hidden="true">{dots}</span>
            <span className="hidden-visually">{texts.hidden}</span>
          </span>
        )}
        <ActionIcon
          variant="default"
          aria-label={shown ? texts.hide : texts.show}
          onClick={toggle}
          loading={show.isPending}
        >
          {shown ? <EyeOff className="icon" /> : <Eye className="icon" />}
        </ActionIcon>
        <CopyButton
          value={async () => (await getSigningKey(id)).signingKey}
          what={texts.what}
          variant="default"
          {...(shown ? { shown: text } : {})}
          onFailed={setFailed}
        />
      </div>
      {shown && (
        <p className={styles.keyStandard}>
          <span className="sub">{texts.standard}</span>{" "}
          <span className="mono wrap">{shown.standardWebhooksSecret}</span>
        </p>
      )}
      <p className="sub">
        {texts.help} <code className="mono">logto-signature-sha-256</code> {texts.helpStandard}{" "}
        <code className="mono">webhook-signature</code>.
      </p>
      <FormError error={failed} />
      <div className={styles.keyActions}>
        <Button leftSection={<RotateCw className="icon" />} onClick={() => setAsking(true)}>
          {texts.regenerate}
        </Button>
        <Button variant="subtle" onClick={() => setVerifying(true)}>
          {texts.verify}
        </Button>
      </div>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={texts.regenerateTitle}
        confirm={texts.regenerate}
        onConfirm={regenerate}
        busy={rotate.isPending}
        error={rotate.error}
        danger
      >
        <p>{texts.regenerateBody}</p>
      </ConfirmDialog>
      {verifying && (
        <Suspense>
          <VerifyDrawer onClose={() => setVerifying(false)} />
        </Suspense>
      )}
    </Card>
  );
}
