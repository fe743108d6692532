import type { createMemoryRouter } from "react-router";
import { createStore } from "@/lib/store";

// Whether another page is being loaded. Who writes to the address then, as a filter does
// once typing rests, would call the reader back.
export const leaving = createStore(false);

// watchLeaving keeps it true to a router, without waiting for a page to be drawn.
export function watchLeaving(router: Pick<ReturnType<typeof createMemoryRouter>, "subscribe">): () => void {
  return router.subscribe(({ location, navigation }) => {
    leaving.set(navigation.location !== undefined && navigation.location.pathname !== location.pathname);
  });
}
