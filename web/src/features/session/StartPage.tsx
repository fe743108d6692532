import { useEffect, useRef } from "react";
import { Link, Navigate } from "react-router";
import { useLink } from "@/api/session";
import { ApiError } from "@/lib/apiError";
import { session as texts } from "@/texts/session";
import { ErrorCard } from "@/ui/ErrorCard";
import { Note } from "@/ui/Note";
import { Alone } from "./Alone";
import { useToken } from "./fragment";

// The page behind a one-time link: it posts the token, once.
export function Component() {
  const token = useToken("t");
  const link = useLink();
  const posted = useRef("");
  const { mutate } = link;
  useEffect(() => {
    if (!token || posted.current === token) return;
    posted.current = token;
    mutate(token);
  }, [token, mutate]);

  if (link.isSuccess) return <Navigate to="/" replace />;
  const refused = token ? refusal(link.error) : texts.linkMissing;
  if (!refused && !link.error) {
    return (
      <Alone title={texts.linkTitle}>
        <p role="status">{texts.checking}</p>
      </Alone>
    );
  }
  return (
    <Alone title={texts.linkTitle}>
      {refused ? (
        <Note tone="bad" role="alert">
          <p>
            <b>{refused}</b>
          </p>
        </Note>
      ) : (
        <ErrorCard error={link.error} onRetry={() => mutate(token)} />
      )}
      <p className="t2">{texts.linkHelp}</p>
      <Link to="/login">{texts.toSignIn}</Link>
    </Alone>
  );
}

function refusal(error: unknown): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.code === "session.link_used") return texts.linkUsed;
  if (error.code === "session.link_expired") return texts.linkExpired;
  return error.status >= 400 && error.status < 500 && error.status !== 429 ? texts.linkWrong : undefined;
}
