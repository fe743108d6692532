import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { show } from "@/test/render";
import { type Asked, json, refusal, serve } from "@/test/server";
import { Component } from "./SetupPage";

const needed = { state: "setup", dev: false, receiver: false, version: "1" };
const none = () => new Response(null, { status: 204 });
const expired = () => refusal(410, "setup.link_expired", "The setup link has expired.");

// page opens the setup page by a link; `check` is what the server says of links.
async function page(token: string, check: (asked: Asked) => unknown, setUp: (asked: Asked) => unknown = none) {
  history.replaceState(null, "", `/console/setup#token=${token}`);
  const asked = serve({ "POST /api/setup/check": check, "POST /api/setup": setUp });
  const view = show(<Component />);
  view.queries.setQueryData(["session"], needed);
  const calls = (path: string) => asked.filter((one) => one.path === path).map((one) => one.body);
  return { ...view, calls };
}

async function fill(user: Awaited<ReturnType<typeof page>>["user"]) {
  await user.type(await screen.findByLabelText("Name"), "Ada");
  await user.type(screen.getByLabelText("E-mail"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), "correct horse battery");
}

describe("the setup page", () => {
  it.each([
    ["that is none", refusal(401, "setup.invalid_token", "No link."), "This setup link is not valid"],
    ["that has expired", expired(), "This setup link has expired"],
  ])("says of a link %s what to do, before there is a form", async (_, answer, text) => {
    const { calls } = await page("old", () => answer);
    await screen.findByText(text);
    screen.getByText("tidings setup-link");
    expect(screen.queryByLabelText("Name")).toBeNull();
    expect(calls("/api/setup/check")).toEqual([{ token: "old" }]);
    expect(calls("/api/setup")).toEqual([]);
    expect(location.hash).toBe("");
  });

  it("sends whoever comes after the first user to sign in", async () => {
    const { calls } = await page("used", () => refusal(409, "setup.done", "Done."));
    await screen.findByText("Checking the link");
    await waitFor(() => expect(calls("/api/setup/check")).toHaveLength(1));
    await screen.findByText("Setup is already done");
    screen.getByRole("link", { name: "Go to sign in" });
  });

  it("looks again when it was asked to, if the server could not say", async () => {
    let well = false;
    const { user } = await page("good", () => (well ? none() : json({ code: "internal", message: "Fault." }, 500)));
    await screen.findByText(/The link could not be checked/);
    well = true;
    await user.click(screen.getByRole("button", { name: "Retry" }));
    await screen.findByLabelText("Name");
  });

  it("keeps what was typed when the link ends meanwhile, and takes it with a new link", async () => {
    const setUp = (asked: Asked) => ((asked.body as { token: string }).token === "first" ? expired() : none());
    const { user, calls } = await page("first", none, setUp);
    await fill(user);
    await user.click(screen.getByRole("button", { name: "Finish setup" }));
    await screen.findByText("This setup link has expired");
    expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Ada");

    location.hash = "#token=second";
    await waitFor(() => expect(screen.queryByText("This setup link has expired")).toBeNull());
    expect(screen.getByLabelText<HTMLInputElement>("Password").value).toBe("correct horse battery");
    await user.click(screen.getByRole("button", { name: "Finish setup" }));
    await waitFor(() => expect(calls("/api/setup")).toHaveLength(2));
    expect(calls("/api/setup/check")).toEqual([{ token: "first" }, { token: "second" }]);
    expect(calls("/api/setup")[1]).toEqual({
      token: "second",
      name: "Ada",
      email: "ada@example.com",
      password: "correct horse battery",
    });
  });
});
