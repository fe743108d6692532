import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { answerBodyQuery, type Delivery } from "@/api/deliveries";
import { useMoveWebhook } from "@/api/moveWebhook";
import { built } from "@/lib/built";
import { clockTime } from "@/lib/time";
import { request as texts } from "@/texts/request";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Note } from "@/ui/Note";
import { useZone } from "@/ui/preferences";
import { toast } from "@/ui/toast";
import { bodyText } from "./BodyView";
import { diagnose } from "./diagnosis";
import styles from "./request.module.css";

const quoted = 200;

// DiagnosisNote says what happened to a request and what to do about it.
export function DiagnosisNote({ delivery }: { delivery: Delivery }) {
  const zone = useZone();
  const found = diagnose(delivery, (at) => clockTime(at, zone));
  const last = delivery.attempts.at(-1);
  const answer = useQuery({
    ...answerBodyQuery(delivery.id, last?.number ?? 0),
    enabled: found?.quote === true && (last?.response?.size ?? 0) > 0,
  });
  if (!found) return null;
  const text = found.quote && answer.data ? bodyText(answer.data.slice(0, quoted * 4)).text : "";
  return (
    <Note tone={found.tone}>
      <p>
        <b>{found.lead}</b> {found.text}
      </p>
      {text && <pre className={styles.quote}>{[...text].slice(0, quoted).join("")}</pre>}
      {(found.schema || found.newAddress) && (
        <p className={styles.noteActions}>
          {found.schema && built.events && (
            <Link to={`/events/catalogue/${encodeURIComponent(delivery.eventType)}`}>{texts.seeSchema}</Link>
          )}
          {found.newAddress && !delivery.webhook.deleted && (
            <NewAddress webhook={delivery.webhook} url={found.newAddress} />
          )}
        </p>
      )}
    </Note>
  );
}

function NewAddress({ webhook, url }: { webhook: Delivery["webhook"]; url: string }) {
  const [asked, setAsked] = useState(false);
  const move = useMoveWebhook();
  return (
    <>
      <Button size="compact-sm" onClick={() => setAsked(true)}>
        {texts.useAddress}
      </Button>
      <ConfirmDialog
        opened={asked}
        onClose={() => setAsked(false)}
        title={texts.useAddressTitle}
        confirm={texts.useAddress}
        busy={move.isPending}
        error={move.error}
        onConfirm={() =>
          move.mutate(
            { id: webhook.id, url },
            {
              onSuccess: () => {
                setAsked(false);
                toast(texts.addressChanged);
              },
            },
          )
        }
      >
        <p>{texts.useAddressBody(webhook.name, url)}</p>
      </ConfirmDialog>
    </>
  );
}
