import { Button } from "@mantine/core";
import { ApiError, asApiError, isSignedOut } from "@/lib/apiError";
import { common, errors } from "@/texts/common";
import { IdText } from "./IdText";
import { Note } from "./Note";

interface Props {
  readonly error: unknown;
  readonly title?: string;
  readonly onRetry?: (() => void) | undefined;
}

// ErrorCard stands in place of the region that failed; the others stay usable.
export function ErrorCard({ error, title = errors.title, onRetry }: Props) {
  const known = asApiError(error);
  const { status, requestId, retryAfter } = known;
  return (
    <Note
      tone="bad"
      role="alert"
      action={
        onRetry && (
          <Button onClick={onRetry} size="compact-sm">
            {common.retry}
          </Button>
        )
      }
    >
      <p>
        <b>{title}.</b> {textOf(known)} {status > 0 && <span className="t2">{errors.status(status)}</span>}
      </p>
      {retryAfter !== undefined && <p>{errors.retryAfter(retryAfter)}</p>}
      {requestId && (
        <p>
          {errors.errorId} <IdText id={requestId} what={errors.errorId} max={24} />
        </p>
      )}
    </Note>
  );
}

// Whoever is not signed in any more is asked to by a dialog.
const textOf = (error: ApiError): string => {
  if (error.status === 0) return errors.network;
  return isSignedOut(error) ? errors.signedOut : error.message;
};

// FormError is what the server refused that belongs to no field.
export function FormError({ error }: { error: unknown }) {
  if (!error) return null;
  const known = error instanceof ApiError ? error : asApiError(error);
  return (
    <Note tone="bad" role="alert">
      <p>
        {textOf(known)}
        {known.retryAfter !== undefined && ` ${errors.retryAfter(known.retryAfter)}`}
      </p>
      {known.requestId && (
        <p>
          {errors.errorId} <IdText id={known.requestId} what={errors.errorId} max={24} />
        </p>
      )}
    </Note>
  );
}
