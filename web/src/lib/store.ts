// A value with subscribers, for useSyncExternalStore.
export interface Store<T> {
  get(): T;
  set(value: T): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let current = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

// forgetTab lets go of what this tab has kept: the next person in it may be another.
export function forgetTab(): void {
  try {
    sessionStorage.clear();
  } catch {
    // Nothing was kept where that is forbidden.
  }
}

// A value kept in this browser. Storage may be forbidden or full: the value then
// lives as long as the page.
export function createSavedStore<T>(key: string, fallback: T, read: (text: string) => T | undefined): Store<T> {
  const store = createStore(load());
  function load(): T {
    try {
      const text = localStorage.getItem(key);
      return (text !== null ? read(text) : undefined) ?? fallback;
    } catch {
      return fallback;
    }
  }
  return {
    ...store,
    set(value) {
      try {
        localStorage.setItem(key, String(value));
      } catch {
        // Kept in memory only.
      }
      store.set(value);
    },
  };
}
