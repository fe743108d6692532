import { ActionIcon, Menu } from "@mantine/core";
import { EllipsisVertical } from "lucide-react";
import { useHref } from "react-router";
import type { DeliveryRow } from "@/api/deliveries";
import { common } from "@/texts/common";
import { actions as texts } from "@/texts/requests";

export interface RowActions {
  readonly onResend: (row: DeliveryRow) => void;
  readonly onCurl: (row: DeliveryRow) => void;
  readonly onLink: (row: DeliveryRow) => void;
}

// canResend says whether a request can be sent again: not while an attempt is due.
export const canResend = (row: Pick<DeliveryRow, "state" | "webhook">): boolean =>
  !row.webhook.deleted && row.state !== "pending" && row.state !== "held";

// RequestMenu is what can be done with a row.
export function RequestMenu({ row, to, onResend, onCurl, onLink }: RowActions & { row: DeliveryRow; to: string }) {
  const href = useHref(to);
  return (
    <Menu width={200}>
      <Menu.Target>
        <ActionIcon aria-label={common.actionsFor(`${row.eventType} ${row.id}`)}>
          <EllipsisVertical className="icon" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={href} target="_blank" rel="noreferrer">
          {texts.open}
        </Menu.Item>
        {canResend(row) && <Menu.Item onClick={() => onResend(row)}>{texts.resend}</Menu.Item>}
        {!row.webhook.deleted && <Menu.Item onClick={() => onCurl(row)}>{texts.copyCurl}</Menu.Item>}
        <Menu.Item onClick={() => onLink(row)}>{texts.copyLink}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
