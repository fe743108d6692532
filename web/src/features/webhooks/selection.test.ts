import { expect, it } from "vitest";
import {
  expand,
  groupsOf,
  isSelected,
  sameSelection,
  toggleAll,
  toggleGroup,
  toggleName,
  togglePattern,
} from "./selection";

const types = [
  { name: "PostSignIn", group: "User interaction" },
  { name: "PostRegister", group: "User interaction" },
  { name: "User.Created", group: "User" },
  { name: "User.Deleted", group: "User" },
  { name: "User.Data.Updated", group: "User" },
  { name: "Grant.LimitExceeded", group: "Security" },
  { name: "Message.RateLimited", group: "Security" },
  { name: "Invoice.Paid", group: "" },
  { name: "ping", group: "" },
];
const groups = groupsOf(types, "Other");
const user = groups.find((g) => g.title === "User") ?? groups[0];
if (!user) throw new Error("no group");

it("groups in the order given, by prefix where there is no group", () => {
  expect(groups.map((g) => [g.title, g.pattern, g.types.length])).toEqual([
    ["User interaction", undefined, 2],
    ["User", "User.*", 3],
    ["Security", undefined, 2],
    ["Invoice", "Invoice.*", 1],
    ["Other", undefined, 1],
  ]);
});

it("has the usual groups first, in their order, and own ones after them", () => {
  const given = [
    "Billing",
    "Organization",
    "Organization permission",
    "Organization role",
    "Accounts",
    "Permission",
    "Role",
    "Security",
    "User",
    "User interaction",
  ];
  const titles = groupsOf(
    given.map((group, i) => ({ name: `Type${i}.Created`, group })),
    "Other",
  ).map(({ title }) => title);
  expect(titles).toEqual([
    "User interaction",
    "User",
    "Organization",
    "Role",
    "Organization role",
    "Permission",
    "Organization permission",
    "Security",
    "Billing",
    "Accounts",
  ]);
});

it("knows what patterns select", () => {
  expect(isSelected(["User.*"], "User.Data.Updated")).toBe(true);
  expect(isSelected(["User.*"], "UserRole.Created")).toBe(false);
  expect(isSelected(["*"], "ping")).toBe(true);
  expect(expand(["User.*", "ping"], types)).toEqual(["User.Created", "User.Deleted", "User.Data.Updated", "ping"]);
});

it("leaves one out of a pattern by naming the others", () => {
  expect(toggleName(["User.*", "ping"], "User.Deleted", types)).toEqual(["User.Created", "User.Data.Updated", "ping"]);
  expect(toggleName(["*"], "ping", types)).toEqual(types.map((t) => t.name).filter((n) => n !== "ping"));
  expect(toggleName(["ping"], "ping", types)).toEqual([]);
  expect(toggleName(["ping"], "User.Created", types)).toEqual(["ping", "User.Created"]);
});

it("selects what a group has today, then nothing of it", () => {
  const some = toggleGroup(["User.Deleted"], user, types);
  expect(some).toEqual(["User.Deleted", "User.Created", "User.Data.Updated"]);
  expect(toggleGroup(some, user, types)).toEqual([]);
  expect(toggleGroup(["User.*", "ping"], user, types)).toEqual(["ping"]);
});

it("selects a group with its future, and goes back to today", () => {
  expect(togglePattern(["User.Deleted", "ping"], "User.*", types)).toEqual(["ping", "User.*"]);
  expect(togglePattern(["ping", "User.*"], "User.*", types)).toEqual([
    "ping",
    "User.Created",
    "User.Deleted",
    "User.Data.Updated",
  ]);
});

it("selects everything, and goes back to today", () => {
  expect(toggleAll(["ping"], types)).toEqual(["*"]);
  expect(toggleAll(["*"], types)).toHaveLength(types.length);
});

it("compares selections as sets", () => {
  expect(sameSelection(["a", "b"], ["b", "a"])).toBe(true);
  expect(sameSelection(["a"], ["a", "b"])).toBe(false);
});
