import { Modal } from "@mantine/core";
import { useContext, useEffect, useState } from "react";
import { signedOutCount } from "@/api/client";
import { LiveContext } from "@/api/useLive";
import { SignInForm } from "@/features/session/SignInForm";
import { session as texts } from "@/texts/session";
import { useStore } from "@/ui/preferences";

// SignInDialog asks to sign in again over a page whose session has ended. The page and
// what was typed there stay.
export function SignInDialog() {
  const live = useContext(LiveContext);
  const count = useStore(signedOutCount);
  const [seen, setSeen] = useState(count);
  const opened = count !== seen;
  useEffect(() => {
    if (count < seen) setSeen(count);
  }, [count, seen]);
  return (
    <Modal
      opened={opened}
      onClose={() => undefined}
      title={texts.expiredTitle}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      size={400}
      zIndex={400}
    >
      <p className="t2">{texts.expiredBody}</p>
      <SignInForm
        onSignedIn={() => {
          setSeen(signedOutCount.get());
          live?.restart();
        }}
      />
    </Modal>
  );
}
