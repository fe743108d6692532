import { useSyncExternalStore } from "react";
import { createStore } from "@/lib/store";
import { createSpeaker } from "@/lib/throttle";

const spoken = createStore("");

// announce tells people who do not see the page what happened, at once: the result of
// what they did.
export function announce(text: string): void {
  // The same words again have to be a change to be read out.
  spoken.set(spoken.get() === text ? `${text}\u00a0` : text);
}

const background = createSpeaker((text) => {
  if (!isTyping()) announce(text);
}, 5_000);

// announceQuietly is for what happens by itself: at most every 5 s, and not while
// somebody types.
export const announceQuietly = (text: string): void => background.speak(text);

export const isTyping = (): boolean => {
  const at = document.activeElement;
  return at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
};

// LiveRegion is on every page once.
export function LiveRegion() {
  const text = useSyncExternalStore(spoken.subscribe, spoken.get);
  return (
    <div className="hidden-visually" role="status" aria-live="polite">
      {text}
    </div>
  );
}
