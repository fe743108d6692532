import { useMemo } from "react";
import { bytes as sizeOf } from "@/lib/format";
import { tryParseJson } from "@/lib/jsonTokens";
import { request as texts } from "@/texts/request";
import { CodeBlock, shownChars } from "@/ui/CodeBlock";
import { JsonTree } from "@/ui/JsonTree";

export interface BodyText {
  readonly text: string;
  // Bytes that are no text have been replaced.
  readonly lossy: boolean;
}

export function bodyText(bytes: Uint8Array): BodyText {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), lossy: false };
  } catch {
    return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), lossy: true };
  }
}

export function useBody(bytes: Uint8Array | undefined, whole: boolean) {
  return useMemo(() => {
    const body = bytes && bodyText(bytes);
    const json = body && whole && !body.lossy && body.text.length <= shownChars ? tryParseJson(body.text) : undefined;
    return { body, json };
  }, [bytes, whole]);
}

interface Props {
  readonly label: string;
  readonly body: BodyText;
  readonly json: ReturnType<typeof tryParseJson>;
  readonly tree: boolean;
  // Where all of the bytes are, and how many there are, if not all are shown.
  readonly rest?: { readonly url: string; readonly total: number; readonly shown: number } | undefined;
}

// BodyView shows bytes that somebody else wrote: as a tree if they are JSON, or as
// text, never as a page.
export function BodyView({ label, body, json, tree, rest }: Props) {
  return (
    <>
      {tree && json ? (
        <JsonTree node={json} label={label} />
      ) : (
        <CodeBlock text={body.text} label={label} wrap copy={false} />
      )}
      {body.lossy && <p className="sub">{texts.notText}</p>}
      {rest && (
        <p className="sub">
          {texts.partly(sizeOf(rest.shown), sizeOf(rest.total))}{" "}
          <a href={rest.url} download>
            {texts.download}
          </a>
        </p>
      )}
    </>
  );
}
