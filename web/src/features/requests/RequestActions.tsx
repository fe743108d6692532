import { ActionIcon, Button, Menu } from "@mantine/core";
import { ChevronDown, EllipsisVertical, RotateCw } from "lucide-react";
import { useHref } from "react-router";
import { type Delivery, deliveryUrl } from "@/api/deliveries";
import { common } from "@/texts/common";
import { actions as texts } from "@/texts/requests";
import { CopyButton } from "@/ui/CopyButton";
import { copyText } from "@/ui/copy";
import { toast } from "@/ui/toast";
import { canResend } from "./RequestMenu";
import styles from "./request.module.css";
import { ticketText } from "./ticket";
import { useCurl } from "./useCurl";

interface Props {
  readonly delivery: Delivery;
  readonly onResend: () => void;
  readonly busy: boolean;
  readonly onFailed: (error: unknown) => void;
}

// RequestActions are the buttons of a request.
export function RequestActions({ delivery, onResend, busy, onFailed }: Props) {
  const { id, webhook } = delivery;
  const curl = useCurl();
  const href = useHref(`/requests/${id}`);

  async function copyLocal() {
    try {
      if (await copyText(await curl(id, webhook.id, true), texts.curl)) toast(texts.copiedCurl);
    } catch (error) {
      onFailed(error);
    }
  }
  return (
    <>
      {!webhook.deleted && (
        <span className={styles.split}>
          <CopyButton
            value={() => curl(id, webhook.id)}
            what={texts.curl}
            label={texts.copyCurl}
            variant="default"
            onFailed={onFailed}
            shortcut="curl"
          />
          <Menu width={220}>
            <Menu.Target>
              <ActionIcon variant="default" aria-label={texts.moreCopies}>
                <ChevronDown className="icon" />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={copyLocal}>{texts.copyCurlLocal}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </span>
      )}
      {canResend(delivery) && delivery.state !== "retrying" && (
        <Button variant="filled" leftSection={<RotateCw className="icon" />} onClick={onResend} loading={busy}>
          {texts.resend}
        </Button>
      )}
      <MoreMenu delivery={delivery} link={location.origin + href} />
    </>
  );
}

function MoreMenu({ delivery, link }: { delivery: Delivery; link: string }) {
  async function copyTicket() {
    if (await copyText(ticketText(delivery, link), texts.ticket)) toast(texts.copiedTicket);
  }
  return (
    <Menu width={180}>
      <Menu.Target>
        <ActionIcon variant="default" aria-label={common.moreActions}>
          <EllipsisVertical className="icon" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          onClick={async () => {
            if (await copyText(link, texts.link)) toast(texts.copiedLink);
          }}
        >
          {texts.copyLink}
        </Menu.Item>
        <Menu.Item onClick={copyTicket}>{texts.copyTicket}</Menu.Item>
        <Menu.Item component="a" href={deliveryUrl(delivery.id)} download={`request-${delivery.id}.json`}>
          {texts.download}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
