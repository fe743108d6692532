import { ActionIcon, Menu, Modal } from "@mantine/core";
import { EllipsisVertical } from "lucide-react";
import { useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import { useSetEnabled, type WebhookRow } from "@/api/webhooks";
import { built } from "@/lib/built";
import { common } from "@/texts/common";
import { menu as texts } from "@/texts/webhooks";
import { copyText } from "@/ui/copy";
import { FormError } from "@/ui/ErrorCard";
import { toast } from "@/ui/toast";
import { useFocusAfter } from "@/ui/useReturnFocus";
import { createCurl } from "./curl";
import { DeleteDialog, DisableDialog } from "./dialogs";

interface Props {
  readonly webhook: WebhookRow;
  // On the page of the webhook itself its button is larger and has fewer entries.
  readonly onPage?: boolean;
}

// WebhookMenu are the three dots of a webhook: what can be done with it.
export function WebhookMenu({ webhook, onPage = false }: Props) {
  const [dialog, setDialog] = useState<"disable" | "delete">();
  const setEnabled = useSetEnabled();
  const target = useRef<HTMLButtonElement>(null);
  useFocusAfter(dialog !== undefined, target);
  const navigate = useNavigate();
  const base = `/webhooks/${webhook.id}`;
  const close = () => setDialog(undefined);

  function enable() {
    setEnabled.mutate({ id: webhook.id, enabled: true }, { onSuccess: () => toast(texts.enabled) });
  }
  return (
    <>
      <Menu width={220}>
        <Menu.Target>
          <ActionIcon
            ref={target}
            variant={onPage ? "default" : "subtle"}
            aria-label={onPage ? common.moreActions : common.actionsFor(webhook.name)}
          >
            <EllipsisVertical className="icon" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {!onPage && (
            <Menu.Item component={Link} to={`${base}/settings`} state={{ sendTest: true }}>
              {texts.test}
            </Menu.Item>
          )}
          {!onPage && built.requests && (
            <Menu.Item component={Link} to={`${base}/recent-requests`}>
              {texts.view}
            </Menu.Item>
          )}
          {webhook.enabled && !webhook.suspendedAt ? (
            <Menu.Item onClick={() => setDialog("disable")}>{texts.disable}</Menu.Item>
          ) : (
            <Menu.Item onClick={enable}>{texts.enable}</Menu.Item>
          )}
          <Menu.Item component={Link} to="/webhooks/create" state={{ duplicate: webhook.id }}>
            {texts.duplicate}
          </Menu.Item>
          <Menu.Item onClick={() => void copyText(webhook.id, texts.id)}>{texts.copyId}</Menu.Item>
          <Menu.Item onClick={() => void copyText(curlOf(webhook), texts.curl)}>{texts.copyCurl}</Menu.Item>
          <Menu.Divider />
          <Menu.Item data-danger onClick={() => setDialog("delete")}>
            {texts.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={setEnabled.error !== null} onClose={() => setEnabled.reset()} title={texts.enable} size={460}>
        <FormError error={setEnabled.error} />
      </Modal>
      <DisableDialog webhook={webhook} opened={dialog === "disable"} onClose={close} />
      <DeleteDialog
        webhook={webhook}
        opened={dialog === "delete"}
        onClose={close}
        onDeleted={() => onPage && void navigate("/webhooks", { replace: true })}
      />
    </>
  );
}

const curlOf = ({ name, eventTypes, url }: WebhookRow): string => createCurl({ name, eventTypes, url });
