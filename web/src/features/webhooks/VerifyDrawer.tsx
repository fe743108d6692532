import { Drawer, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { key as texts } from "@/texts/webhooks";
import { CodeBlock } from "@/ui/CodeBlock";
import { useReturnFocus } from "@/ui/useReturnFocus";
import page from "../../../../docs/verifying.md?raw";
import { snippets } from "./snippets";
import styles from "./webhooks.module.css";

const all = snippets(page);

// VerifyDrawer shows how a server checks signatures: the code of docs/verifying.md,
// which the tests run.
export default function VerifyDrawer({ onClose }: { onClose: () => void }) {
  useReturnFocus();
  const [language, setLanguage] = useState(all[0]?.language ?? "");
  const chosen = all.find((one) => one.language === language);
  return (
    <Drawer opened onClose={onClose} title={texts.verify} size={680}>
      <div className={styles.form}>
        <p className="t2">
          {texts.verifyIntro} {texts.verifyKey}
        </p>
        <SegmentedControl
          aria-label={texts.verifyLanguage}
          value={language}
          onChange={setLanguage}
          data={all.map((one) => one.language)}
        />
        {chosen && <CodeBlock text={chosen.code} label={texts.code(chosen.language)} />}
      </div>
    </Drawer>
  );
}
