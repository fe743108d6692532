import { describe, expect, it } from "vitest";
import type { DeliveryRow } from "@/api/deliveries";
import { sampleFor } from "@/api/sample";
import { changeOf, changeOfRate } from "./trend";
import { latestShown, mergeLatest } from "./useLatest";

describe("trend", () => {
  it("is unknown without a span before", () => {
    expect(changeOf(5, undefined)).toBeUndefined();
    expect(changeOf(5, 0)).toBeUndefined();
    expect(changeOfRate({ requestCount: 5, successCount: 5 }, { requestCount: 0, successCount: 0 })).toBeUndefined();
  });

  it("is percent of a number and points of a rate", () => {
    expect(changeOf(150, 100)).toBe(50);
    expect(changeOf(100, 100)).toBe(0);
    const change = changeOfRate({ requestCount: 1000, successCount: 998 }, { requestCount: 100, successCount: 99 });
    expect(change).toBe(0.8);
  });
});

describe("mergeLatest", () => {
  const row = (id: string, second: number, state: DeliveryRow["state"] = "succeeded"): DeliveryRow => ({
    id,
    eventId: id,
    eventType: "User.Created",
    webhook: { id: "w1", name: "CRM sync", deleted: false },
    state,
    acceptedAt: `2026-11-23T12:00:${String(second).padStart(2, "0")}.000Z`,
    attempts: [],
  });
  const told = (...rows: DeliveryRow[]) => new Map(rows.map((one) => [one.id, one]));

  it("puts new rows on top and changes the others", () => {
    const rows = mergeLatest([row("a", 1, "pending")], told(row("b", 2), row("a", 1)));
    expect(rows.map(({ id, state }) => `${id} ${state}`)).toEqual(["b succeeded", "a succeeded"]);
  });

  it("is never longer than what is shown, and takes nothing older", () => {
    const items = Array.from({ length: latestShown }, (_, i) => row(`r${i}`, 30 - i));
    const rows = mergeLatest(items, told(row("old", 1), row("new", 40)));
    expect(rows).toHaveLength(latestShown);
    expect(rows[0]?.id).toBe("new");
    expect(rows.some(({ id }) => id === "old")).toBe(false);
  });
});

describe("sampleFor", () => {
  it("is an event type that the selection holds", () => {
    expect(sampleFor(["*"], [])).toBe("PostRegister");
    expect(sampleFor(["PostSignIn", "User.Created"], [])).toBe("PostSignIn");
    expect(sampleFor(["Role.*"], ["PostSignIn", "Role.Created"])).toBe("Role.Created");
    expect(sampleFor(undefined, [])).toBe("PostRegister");
  });
});
