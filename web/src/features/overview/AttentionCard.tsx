import { Link } from "react-router";
import type { Attention, Overview } from "@/api/overview";
import { built } from "@/lib/built";
import { reasons } from "@/texts/common";
import { overview as texts } from "@/texts/overview";
import { Card } from "@/ui/Card";
import { RateBadge } from "@/ui/RateBadge";
import styles from "./overview.module.css";

const most = 3;

// AttentionCard names the webhooks in trouble, how much fails, and why.
export function AttentionCard({ data }: { data: Overview }) {
  const named = data.attention.slice(0, most);
  const more = data.attentionCount - named.length;
  return (
    <Card title={texts.attention} flush>
      {named.length === 0 ? (
        <p className={styles.calm}>{texts.allWell}</p>
      ) : (
        <ul className={styles.list}>
          {named.map((one) => (
            <li key={one.webhook.id}>
              <Line one={one} />
            </li>
          ))}
        </ul>
      )}
      {more > 0 && (
        <p className={styles.calm}>
          <Link to="/webhooks?health=failing">{texts.attentionMore(more)}</Link>
        </p>
      )}
    </Card>
  );
}

function Line({ one }: { one: Attention }) {
  const top = one.topStatus !== undefined ? String(one.topStatus) : reasons[one.topReason ?? ""];
  return (
    <>
      <span className={styles.lineHead}>
        <Link to={`/webhooks/${one.webhook.id}/settings`}>{one.webhook.name}</Link>
        <RateBadge
          successes={one.requests - one.failed}
          total={one.requests}
          enabled
          suspended={one.kind === "suspended"}
        />
      </span>
      <span className="t2">
        {texts.failing(one.failed, one.requests)}
        {top && (
          <>
            , {texts.most} <span className="mono">{top}</span>
          </>
        )}
        .
      </span>
      {built.requests && (
        <Link to={`/webhooks/${one.webhook.id}/recent-requests?status=failed`} className={styles.seeFailed}>
          {texts.seeFailed}
        </Link>
      )}
    </>
  );
}
