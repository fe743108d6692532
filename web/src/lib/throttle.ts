// A voice that speaks at most once per interval and says the newest thing.
export function createSpeaker(say: (text: string) => void, everyMs: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let next: string | undefined;
  const flush = () => {
    timer = undefined;
    if (next === undefined) return;
    say(next);
    next = undefined;
    timer = setTimeout(flush, everyMs);
  };
  return {
    speak(text: string) {
      next = text;
      if (timer === undefined) flush();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      next = undefined;
    },
  };
}
