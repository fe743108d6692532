import { describe, expect, it } from "vitest";
import { type DeliveryRow, further } from "@/api/deliveries";
import { noFilter, readFilter } from "./filters";
import { mergeRows } from "./liveRows";

const now = Date.parse("2026-11-23T12:00:00.000Z");

function row(id: string, minute: number, change: Partial<DeliveryRow> = {}): DeliveryRow {
  return {
    id,
    eventId: `e${id}`,
    eventType: "User.Created",
    webhook: { id: "w1", name: "CRM sync", deleted: false },
    state: "succeeded",
    acceptedAt: `2026-11-23T11:${String(minute).padStart(2, "0")}:00.000Z`,
    attempts: [{ number: 1, outcome: "succeeded", status: 200, trigger: "event", startedAt: "", durationMs: 5 }],
    ...change,
  };
}

const merge = (
  items: DeliveryRow[],
  told: DeliveryRow[],
  {
    filter = "",
    shown = [] as string[],
    first = true,
    next,
  }: { filter?: string; shown?: string[]; first?: boolean; next?: string } = {},
) =>
  mergeRows({
    page: { items, next },
    told: new Map(told.map((one) => [one.id, one])),
    filter: filter ? readFilter(new URLSearchParams(filter)) : noFilter,
    shown: new Set(shown),
    first,
    now,
  });

const ids = (rows: readonly DeliveryRow[]) => rows.map((one) => one.id);

describe("mergeRows", () => {
  it("changes rows in place and puts new ones on top", () => {
    const waiting = row("b", 2, { state: "pending", attempts: [] });
    const merged = merge([waiting, row("a", 1)], [row("b", 2), row("c", 3)]);
    expect(ids(merged)).toEqual(["c", "b", "a"]);
    expect(merged[1]?.state).toBe("succeeded");
  });

  it("does not go back to what a message said earlier", () => {
    const merged = merge([row("a", 1)], [row("a", 1, { state: "pending", attempts: [] })]);
    expect(merged[0]?.state).toBe("succeeded");
  });

  it("adds nothing that the filter holds back, or that only the server can tell", () => {
    expect(ids(merge([], [row("a", 1)], { filter: "?status=failed" }))).toEqual([]);
    expect(ids(merge([], [row("a", 1)], { filter: "?q=u_1" }))).toEqual([]);
    expect(ids(merge([], [row("a", 1)], { first: false }))).toEqual([]);
  });

  it("keeps a row that is on the screen and no longer fits", () => {
    expect(ids(merge([], [row("a", 1)], { filter: "?status=failed", shown: ["a"] }))).toEqual(["a"]);
  });

  it("leaves to the next page what belongs there", () => {
    expect(ids(merge([row("c", 3)], [row("a", 1)], { next: "cursor" }))).toEqual(["c"]);
  });
});

describe("further", () => {
  it("prefers more attempts, then an end", () => {
    const retrying = row("a", 1, { state: "retrying" });
    expect(further(row("a", 1), retrying)).toBe(true);
    expect(further(retrying, row("a", 1))).toBe(false);
    expect(further(row("a", 1, { attempts: [] }), retrying)).toBe(false);
  });
});
