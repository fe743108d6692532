import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// How long a test waits at most says nothing about how long things take: machines are busy.
configure({ asyncUtilTimeout: 10_000 });

// What happy-dom lacks and Mantine asks for.
function stub(): void {
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    dispatchEvent: () => false,
  }));

  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
}
stub();

Element.prototype.scrollIntoView = () => undefined;

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  stub();
  localStorage.clear();
  sessionStorage.clear();
});
