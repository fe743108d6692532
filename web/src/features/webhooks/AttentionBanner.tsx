import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { attentionQuery } from "@/api/webhooks";
import { built } from "@/lib/built";
import { rate } from "@/lib/format";
import { reasons } from "@/texts/common";
import { webhooks as texts } from "@/texts/webhooks";
import { Note } from "@/ui/Note";

const lines = 2;

// AttentionBanner names what fails, how much of it, and the most frequent reason.
export function AttentionBanner() {
  const attention = useQuery(attentionQuery);
  const failing = attention.data?.filter((one) => one.kind !== "degraded") ?? [];
  if (failing.length === 0) return null;
  return (
    <Note tone="bad" role="status">
      {failing.slice(0, lines).map((one) => (
        <p key={one.webhook.id}>
          <b>{one.kind === "suspended" ? texts.suspended(one.webhook.name) : texts.failing(one.webhook.name)}</b>{" "}
          {one.requests > 0 &&
            texts.failingFigures(one.failed, one.requests, rate(one.requests - one.failed, one.requests) ?? "")}
          <Reason status={one.topStatus} reason={one.topReason} />{" "}
          {built.requests ? (
            <Link to={`/webhooks/${one.webhook.id}/recent-requests?status=failed`}>{texts.seeFailed}</Link>
          ) : (
            <Link to={`/webhooks/${one.webhook.id}/settings`}>{texts.openWebhook}</Link>
          )}
        </p>
      ))}
      {failing.length > lines && (
        <p>
          <Link to="/webhooks?health=failing">{texts.andMore(failing.length - lines)}</Link>
        </p>
      )}
    </Note>
  );
}

function Reason({ status, reason }: { status?: number | undefined; reason?: string | undefined }) {
  const said = status !== undefined ? String(status) : reason && (reasons[reason] ?? reason);
  if (!said) return ".";
  return (
    <>
      , {texts.most} <span className="mono">{said}</span>.
    </>
  );
}
