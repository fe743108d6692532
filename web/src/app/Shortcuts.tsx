import { lazy, Suspense, useContext, useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { LiveContext } from "@/api/useLive";
import { built } from "@/lib/built";
import { createMatcher, type ShortcutName } from "@/ui/shortcuts";

const Palette = lazy(() => import("./Palette"));
const ShortcutSheet = lazy(() => import("./ShortcutSheet"));

type Shown = "palette" | "sheet" | undefined;

// Shortcuts are the keys that work on every page, with the two dialogs they open.
export function Shortcuts() {
  const [shown, setShown] = useState<Shown>();
  const run = useRun(setShown);
  useEffect(() => {
    const match = createMatcher();
    const key = (event: KeyboardEvent) => {
      const name = match(event, Date.now());
      if (name && run(name)) event.preventDefault();
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [run]);
  const close = () => setShown(undefined);
  return (
    <Suspense>
      {shown === "palette" && <Palette onClose={close} onSheet={() => setShown("sheet")} />}
      {shown === "sheet" && <ShortcutSheet onClose={close} />}
    </Suspense>
  );
}

// useRun does what a shortcut of every page says, and says whether it did. Those of
// tables and forms are handled there.
function useRun(show: (shown: Shown) => void): (name: ShortcutName) => boolean {
  const navigate = useNavigate();
  const live = useContext(LiveContext);
  const go = (path: string, there: boolean) => {
    if (there) void navigate(path);
    return there;
  };
  return (name) => {
    switch (name) {
      case "palette":
        if (document.querySelector("[role=dialog][aria-modal=true]")) return false;
        show("palette");
        return true;
      case "sheet":
        show("sheet");
        return true;
      case "search":
        return focusSearch();
      case "create":
        return go("/webhooks/create", built.webhooks);
      case "overview":
        return go("/overview", built.overview);
      case "webhooks":
        return go("/webhooks", built.webhooks);
      case "requests":
        return go("/requests", built.requests);
      case "events":
        return go("/events", built.events);
      case "live":
        if (live?.paused) live.resume();
        else live?.pause();
        return live !== undefined;
      default:
        return false;
    }
  };
}

function focusSearch(): boolean {
  const box = document.querySelector<HTMLInputElement>("main input[type=search]");
  box?.focus();
  box?.select();
  return box !== null;
}
