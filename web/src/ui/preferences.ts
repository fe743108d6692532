import { useSyncExternalStore } from "react";
import { createSavedStore, type Store } from "@/lib/store";
import type { Zone } from "@/lib/time";

export type Density = "comfortable" | "compact";

const oneOf =
  <T extends string>(...values: T[]) =>
  (text: string): T | undefined =>
    values.find((value) => value === text);

// What a person chose in this browser. Nothing secret is ever kept there.
export const preferences = {
  zone: createSavedStore<Zone>("tidings.zone", "local", oneOf<Zone>("local", "utc")),
  density: createSavedStore<Density>("tidings.density", "comfortable", oneOf<Density>("comfortable", "compact")),
  // "off" for people whose software sends single letters.
  shortcuts: createSavedStore<"on" | "off">("tidings.shortcuts", "on", oneOf<"on" | "off">("on", "off")),
  // How wide a request is beside the list, in pixels.
  panel: createSavedStore<number>("tidings.panel", 560, (text) => (Number(text) > 0 ? Number(text) : undefined)),
};

export const useStore = <T>(store: Store<T>): T => useSyncExternalStore(store.subscribe, store.get);

export const useZone = (): Zone => useStore(preferences.zone);
