import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Button, Checkbox, MantineProvider, Menu, Modal, TextInput } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { act, render, screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { show } from "@/test/render";
import { common } from "@/texts/common";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { toast } from "@/ui/toast";
import { theme } from "./theme";

it("puts nothing but items into a menu, within its landmark", async () => {
  const { user } = show(
    <main>
      <Menu>
        <Menu.Target>
          <button type="button">Open</button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item>One</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </main>,
  );
  await user.click(screen.getByRole("button", { name: "Open" }));
  const menu = within(screen.getByRole("main")).getByRole("menu");
  const roles = [...menu.children].map((child) => child.getAttribute("role"));
  expect(roles).toEqual(["menuitem"]);
});

it("names the button that closes a dialog", () => {
  show(
    <Modal opened onClose={() => undefined} title="Title">
      body
    </Modal>,
  );
  expect(screen.getByRole("button", { name: common.close })).toBeTruthy();
  expect(screen.getByRole("dialog").querySelector("header:not([role=presentation])")).toBeNull();
});

it("has no second banner in the head of a dialog", () => {
  show(
    <Modal opened onClose={() => undefined} title="Title">
      body
    </Modal>,
  );
  expect(screen.queryByRole("banner")).toBeNull();
  expect(screen.getByRole("dialog").querySelector("header")?.getAttribute("role")).toBe("presentation");
});

it("gives Cancel the focus where something would be lost", () => {
  show(
    <ConfirmDialog opened onClose={() => undefined} title="Delete?" confirm="Delete" onConfirm={() => undefined} danger>
      body
    </ConfirmDialog>,
  );
  expect(screen.getByRole("button", { name: common.cancel }).hasAttribute("data-autofocus")).toBe(true);
});

it("tells a toast politely", async () => {
  render(
    <MantineProvider theme={theme} env="test">
      <Notifications />
    </MantineProvider>,
  );
  act(() => toast("Saved"));
  const text = await screen.findByText("Saved");
  expect(text.closest("[role=alert]")).toBeNull();
  expect(text.closest("[role=status]")).toBeTruthy();
});

it("links a field with its help and its error", () => {
  show(
    <>
      <TextInput label="Name" description="Help" error="Wrong" />
      <Checkbox label="Tick" />
      <Button>Press</Button>
    </>,
  );
  const field = screen.getByRole("textbox", { name: "Name" });
  expect(field.getAttribute("aria-invalid")).toBe("true");
  const described = (field.getAttribute("aria-describedby") ?? "")
    .split(" ")
    .map((id) => document.getElementById(id)?.textContent);
  expect(described).toEqual(expect.arrayContaining(["Help", "Wrong"]));
});

it("brings the styles of every Mantine component in use", () => {
  const src = join(import.meta.dirname, "../..");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.tsx?$/.test(name) && !name.includes(".test."),
  );
  const sheets = readdirSync(join(src, "../node_modules/@mantine/core/styles"));
  const imported = readFileSync(join(import.meta.dirname, "mantine.css"), "utf8");
  const missing = files.flatMap((name) => {
    const text = readFileSync(join(src, name), "utf8");
    const [, list = ""] = /import \{([^}]+)\} from "@mantine\/core"/.exec(text) ?? [];
    const used = list.split(",").map((part) => part.trim());
    return used
      .filter((part) => sheets.includes(`${part}.layer.css`))
      .filter((part) => !imported.includes(`/${part}.layer.css`) && !text.includes(`/${part}.layer.css`))
      .map((part) => `${name}: ${part}`);
  });
  expect(missing).toEqual([]);
});
