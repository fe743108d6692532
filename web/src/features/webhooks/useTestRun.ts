import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Schemas } from "@/api/client";
import { eventTypeQuery } from "@/api/eventTypes";
import { sendTest, type WebhookTest } from "@/api/webhooks";
import { type ApiError, asApiError } from "@/lib/apiError";
import { complete } from "./payloads";

export interface TestRow {
  readonly event: string;
  readonly result?: WebhookTest;
  readonly error?: ApiError;
}

export interface TestRun {
  readonly at: string;
  readonly url: string;
  readonly unsaved: boolean;
  readonly rows: readonly TestRow[];
}

export const atOnce = 5;

type Body = Omit<Schemas["WebhookTestBody"], "eventType" | "payload">;

export interface TestInput {
  readonly events: readonly string[];
  readonly url: string;
  readonly unsaved: boolean;
  readonly body: Body;
  readonly payloads: Readonly<Record<string, string>>;
}

export const isDone = (row: TestRow): boolean => row.result !== undefined || row.error !== undefined;
export const isGood = (row: TestRow): boolean => row.result?.attempt.outcome === "succeeded";

// useTestRun sends a test payload for each event, five at a time, once each. Rows are
// there at once and fill in as answers arrive.
export function useTestRun(id: string) {
  const queries = useQueryClient();
  const [run, setRun] = useState<TestRun>();
  const controller = useRef<AbortController>(undefined);
  useEffect(() => () => controller.current?.abort(), []);

  const send = useCallback(
    async (input: TestInput, events: readonly string[], signal: AbortSignal) => {
      // Without a sample here the server takes its own.
      const sample = async (event: string) => {
        try {
          return (await queries.fetchQuery(eventTypeQuery(event))).example;
        } catch {
          return undefined;
        }
      };
      const left = [...events];
      const worker = async () => {
        for (let event = left.shift(); event !== undefined; event = left.shift()) {
          const done = await sendOne(id, event, input, sample, signal);
          if (signal.aborted) return;
          setRun((now) => now && { ...now, rows: now.rows.map((row) => (row.event === done.event ? done : row)) });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
    },
    [id, queries],
  );

  const start = useCallback(
    (input: TestInput) => {
      controller.current?.abort();
      controller.current = new AbortController();
      const rows = input.events.map((event) => ({ event }));
      setRun({ at: new Date().toISOString(), url: input.url, unsaved: input.unsaved, rows });
      void send(input, input.events, controller.current.signal);
    },
    [send],
  );

  // again sends one event anew and leaves the other rows.
  const again = useCallback(
    (input: TestInput, event: string) => {
      controller.current ??= new AbortController();
      setRun((now) => now && { ...now, rows: now.rows.map((row) => (row.event === event ? { event } : row)) });
      void send(input, [event], controller.current.signal);
    },
    [send],
  );
  return { run, start, again };
}

type Sample = (event: string) => Promise<string | undefined>;

async function sendOne(
  id: string,
  event: string,
  input: TestInput,
  sample: Sample,
  signal: AbortSignal,
): Promise<TestRow> {
  try {
    // What is sent is what the editor shows.
    const text = input.payloads[event] ?? (await sample(event));
    const payload = text && complete(text, id, new Date());
    const body = { ...input.body, eventType: event, ...(payload ? { payload } : {}) };
    return { event, result: await sendTest(id, body, signal) };
  } catch (error) {
    return { event, error: asApiError(error) };
  }
}
