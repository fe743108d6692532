import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Delivery, deliveryQuery, rowOf } from "@/api/deliveries";
import { useLiveMessages } from "@/api/useLive";

// How often and how long the result of an attempt is asked for that a person wanted.
const askMs = 1_000;
const askTimes = 30;

// useDelivery is a request that lives: what the stream tells of it is asked for at once.
// After `expect` the next attempt is awaited, also while there is no stream.
export function useDelivery(id: string) {
  const queries = useQueryClient();
  const query = useQuery(deliveryQuery(id));
  const [expected, setExpected] = useState<{ more: number; left: number }>();
  const count = query.data?.attempts.length ?? 0;
  const waits = expected !== undefined && count <= expected.more && expected.left > 0;

  useLiveMessages((message) => {
    if (message.type.startsWith("delivery.") && rowOf(message.data)?.id === id) {
      void queries.invalidateQueries({ queryKey: deliveryQuery(id).queryKey });
    }
  });
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => {
      void queries.invalidateQueries({ queryKey: deliveryQuery(id).queryKey });
      setExpected((now) => now && { ...now, left: now.left - 1 });
    }, askMs);
    return () => clearTimeout(timer);
  });
  return {
    query,
    waits,
    expect: (delivery: Delivery) => setExpected({ more: delivery.attempts.length, left: askTimes }),
  };
}
