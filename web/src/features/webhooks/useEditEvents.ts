import { useEffect, useRef } from "react";
import { useLocation, useNavigate } from "react-router";
import { isObject } from "@/lib/apiError";
import { useShortcuts } from "@/ui/shortcuts";

// useEditKey goes to the events of a webhook by its key; of is the webhook that the key
// is for now.
export function useEditKey(of: () => string | undefined): void {
  const navigate = useNavigate();
  useShortcuts({
    edit() {
      const id = of();
      if (id !== undefined) void navigate(`/webhooks/${id}/settings`, { state: { editEvents: true } });
      return id !== undefined;
    },
  });
}

// useAskedToEdit is told when the page was come to for its events, once each time.
export function useAskedToEdit(told: () => void): void {
  const { state, key } = useLocation();
  const asked = isObject(state) && state.editEvents === true ? key : undefined;
  const newest = useRef(told);
  newest.current = told;
  useEffect(() => {
    if (asked === undefined) return;
    // Not in the midst of what React is doing.
    const timer = setTimeout(() => newest.current());
    return () => clearTimeout(timer);
  }, [asked]);
}
