import { Button, Modal } from "@mantine/core";
import { Braces } from "lucide-react";
import { useState } from "react";
import { webhooks as texts } from "@/texts/webhooks";
import { CodeBlock } from "@/ui/CodeBlock";

// ApiButton shows the same with curl, as the form is at that moment.
export function ApiButton({ curl }: { curl: () => string }) {
  const [shown, setShown] = useState<string>();
  return (
    <>
      <Button variant="subtle" leftSection={<Braces className="icon" />} onClick={() => setShown(curl())}>
        {texts.api}
      </Button>
      <Modal opened={shown !== undefined} onClose={() => setShown(undefined)} title={texts.api} size={640}>
        <p className="t2">{texts.apiIntro}</p>
        <CodeBlock text={shown ?? ""} label={texts.apiLabel} wrap />
      </Modal>
    </>
  );
}
