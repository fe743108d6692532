import { expect, it } from "vitest";
import page from "../../../../docs/verifying.md?raw";
import { snippets } from "./snippets";

it("has the code of the documentation in three languages", () => {
  const all = snippets(page);
  expect(all.map((one) => one.language)).toEqual(["Node", "Go", "Python"]);
  for (const { code } of all) {
    expect(code).toMatch(/timingSafeEqual|hmac\.Equal|compare_digest/);
    expect(page).toContain(code);
  }
});
