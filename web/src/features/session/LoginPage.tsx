import { session as texts } from "@/texts/session";
import { Alone } from "./Alone";
import { SignInForm } from "./SignInForm";

export function Component() {
  return (
    <Alone title={texts.signInTitle}>
      <SignInForm />
      <p className="sub">
        {texts.lost} <code className="mono">{texts.lostCommand}</code>
      </p>
    </Alone>
  );
}
