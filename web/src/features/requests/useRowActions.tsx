import { useState } from "react";
import { useHref } from "react-router";
import type { DeliveryRow } from "@/api/deliveries";
import { useForgetSignedOut } from "@/api/mutation";
import { actions as texts } from "@/texts/requests";
import { copyText } from "@/ui/copy";
import { toast } from "@/ui/toast";
import type { RowActions } from "./RequestMenu";
import { useCurl } from "./useCurl";
import { useResend } from "./useResend";

// useRowActions is what the menus of rows do. A list has it once.
export function useRowActions(pathOf: (id: string) => string) {
  const { resend, dialog, error } = useResend();
  const [failed, setFailed] = useState<unknown>();
  useForgetSignedOut(failed, () => setFailed(undefined));
  const curl = useCurl();
  const base = useHref("/");

  const actions: RowActions = {
    onResend: (row) => {
      setFailed(undefined);
      resend(row);
    },
    onCurl: async (row) => {
      try {
        setFailed(undefined);
        if (await copyText(await curl(row.id, row.webhook.id), texts.curl)) toast(texts.copiedCurl);
      } catch (problem) {
        setFailed(problem);
      }
    },
    onLink: async (row: DeliveryRow) => {
      const link = location.origin + base.replace(/\/$/, "") + pathOf(row.id);
      if (await copyText(link, texts.link)) toast(texts.copiedLink);
    },
  };
  return { actions, dialog, error: failed ?? error };
}
