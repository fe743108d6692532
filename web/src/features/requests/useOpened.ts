import { useState } from "react";

export interface Opened {
  readonly has: (id: string) => boolean;
  readonly toggle: (id: string) => void;
  readonly some: boolean;
}

// useOpened are the rows whose attempts are shown under them.
export function useOpened(): Opened {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  return {
    has: (id) => ids.has(id),
    toggle: (id) =>
      setIds((before) => {
        const after = new Set(before);
        if (!after.delete(id)) after.add(id);
        return after;
      }),
    some: ids.size > 0,
  };
}
