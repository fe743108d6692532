import { useCallback, useEffect, useRef } from "react";

// useAfterPointer runs what follows from leaving a field once the pointer that left it
// is up again. Otherwise a message that appears moves the button that is being pressed,
// and the click is lost.
export function useAfterPointer(): (then: () => void) => void {
  const down = useRef(false);
  useEffect(() => {
    const press = () => {
      down.current = true;
    };
    const release = () => {
      down.current = false;
    };
    document.addEventListener("pointerdown", press, true);
    document.addEventListener("pointerup", release, true);
    document.addEventListener("pointercancel", release, true);
    return () => {
      document.removeEventListener("pointerdown", press, true);
      document.removeEventListener("pointerup", release, true);
      document.removeEventListener("pointercancel", release, true);
    };
  }, []);
  return useCallback((then) => {
    if (!down.current) return then();
    const after = () => {
      document.removeEventListener("pointerup", after);
      document.removeEventListener("pointercancel", after);
      // The click comes right after.
      setTimeout(then);
    };
    document.addEventListener("pointerup", after);
    document.addEventListener("pointercancel", after);
  }, []);
}
