import { lazy, Suspense, useContext, useState } from "react";
import { useNavigate } from "react-router";
import { LiveContext } from "@/api/useLive";
import { built } from "@/lib/built";
import { type Handlers, useShortcuts } from "@/ui/shortcuts";

const Palette = lazy(() => import("./Palette"));
const ShortcutSheet = lazy(() => import("./ShortcutSheet"));

type Shown = "palette" | "sheet" | undefined;

// Shortcuts are the keys that work on every page, with the two dialogs they open.
export function Shortcuts() {
  const [shown, setShown] = useState<Shown>();
  useShortcuts(useHandlers(setShown));
  const close = () => setShown(undefined);
  return (
    <Suspense>
      {shown === "palette" && <Palette onClose={close} onSheet={() => setShown("sheet")} />}
      {shown === "sheet" && <ShortcutSheet onClose={close} />}
    </Suspense>
  );
}

// useHandlers are the shortcuts of every page. Those of tables and forms are handled
// there.
function useHandlers(show: (shown: Shown) => void): Handlers {
  const navigate = useNavigate();
  const live = useContext(LiveContext);
  const go = (path: string, there: boolean) => () => {
    if (there) void navigate(path);
    return there;
  };
  return {
    palette() {
      if (document.querySelector("[role=dialog][aria-modal=true]")) return false;
      show("palette");
      return true;
    },
    sheet() {
      show("sheet");
      return true;
    },
    search: focusSearch,
    create: go("/webhooks/create", built.webhooks),
    overview: go("/overview", built.overview),
    webhooks: go("/webhooks", built.webhooks),
    requests: go("/requests", built.requests),
    events: go("/events", built.events),
    live() {
      if (live?.paused) live.resume();
      else live?.pause();
      return live !== undefined;
    },
    close: closeMenu,
  };
}

// closeMenu is for a menu that was opened by mouse: the focus is still on its button,
// where the menu does not hear Escape.
function closeMenu(): boolean {
  const button = document.activeElement?.closest<HTMLElement>("[aria-haspopup=menu][aria-expanded=true]");
  button?.click();
  return button !== null && button !== undefined;
}

function focusSearch(): boolean {
  const box = document.querySelector<HTMLInputElement>("main input[type=search]");
  box?.focus();
  box?.select();
  return box !== null;
}
