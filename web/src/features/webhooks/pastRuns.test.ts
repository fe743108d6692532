import { renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import type { WebhookTest } from "@/api/webhooks";
import { ApiError } from "@/lib/apiError";
import { runsKept, usePastRuns } from "./pastRuns";
import type { TestRun } from "./useTestRun";

const secret = "canary-0123456789";

const result = (status: number): WebhookTest => ({
  webhookId: "w1",
  requestBody: secret,
  responseBody: secret,
  attempt: {
    number: 1,
    outcome: status < 300 ? "succeeded" : "failed",
    trigger: "test",
    status,
    startedAt: "2026-11-23T12:00:00.000Z",
    durationMs: 5,
    reused: false,
    request: {
      method: "POST",
      url: `https://api.acme.example/${secret}`,
      headers: [["authorization", secret]],
      size: 2,
    },
    response: { status, headers: [["x-echo", secret]], size: 2, truncated: false },
    phases: { dns: null, connect: null, tls: null, wait: 1, read: 1 },
  },
});

const run = (minute: number, rows: TestRun["rows"]): TestRun => ({
  at: `2026-11-23T12:0${minute}:00.000Z`,
  url: `https://ana:${secret}@api.acme.example/${secret}?key=${secret}`,
  unsaved: false,
  rows,
});

const ended = (minute: number) =>
  run(minute, [
    { event: "PostSignIn", result: result(200) },
    { event: "User.Created", result: result(503) },
    { event: "User.Deleted", error: new ApiError(429, { code: "request.rate_limited", message: secret }) },
  ]);

const none: { now: TestRun | undefined } = { now: undefined };
const follow = (webhook = "w1") => renderHook(({ now }) => usePastRuns(webhook, now), { initialProps: none });

beforeEach(() => sessionStorage.clear());

it("remembers the last five runs across reloads, the newest first, each webhook its own", () => {
  const first = follow();
  first.rerender({ now: run(0, [{ event: "PostSignIn" }]) });
  expect(first.result.current).toEqual([]); // it is under way
  for (const minute of [1, 2, 3, 4, 5, 6]) first.rerender({ now: ended(minute) });
  expect(first.result.current).toHaveLength(runsKept);

  const reloaded = follow().result.current;
  expect(reloaded.map((one) => one.at.slice(14, 16))).toEqual(["06", "05", "04", "03", "02"]);
  expect(reloaded[0]).toEqual({
    at: "2026-11-23T12:06:00.000Z",
    host: "api.acme.example",
    unsaved: false,
    results: [
      { event: "PostSignIn", good: true, text: "200" },
      { event: "User.Created", good: false, text: "503" },
      { event: "User.Deleted", good: false, text: "429" },
    ],
  });
  expect(follow("w2").result.current).toEqual([]);
});

it("takes a run that was partly sent again for the same run", () => {
  const view = follow();
  view.rerender({ now: ended(1) });
  view.rerender({ now: { ...ended(1), rows: [{ event: "PostSignIn", result: result(200) }] } });
  expect(view.result.current).toHaveLength(1);
  expect(view.result.current[0]?.results).toHaveLength(1);
});

it("keeps nothing of requests, answers and addresses", () => {
  follow().rerender({ now: ended(1) });
  expect(sessionStorage.length).toBe(1);
  expect(JSON.stringify({ ...sessionStorage })).not.toContain(secret);
});

it("starts anew where the storage is of no use", () => {
  sessionStorage.setItem("tidings.tests.w1", '[{"at":1},null]');
  expect(follow().result.current).toEqual([]);
  sessionStorage.setItem("tidings.tests.w1", "{");
  expect(follow().result.current).toEqual([]);
  const full = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new Error("full");
  });
  const view = follow();
  view.rerender({ now: ended(1) });
  expect(view.result.current).toHaveLength(1);
  full.mockRestore();
});
