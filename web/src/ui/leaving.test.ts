import { createMemoryRouter } from "react-router";
import { expect, it } from "vitest";
import { leaving, watchLeaving } from "./leaving";

it("is true at once while another page is loaded, not for another address of this one", async () => {
  let come = () => {};
  const loaded = () => new Promise<null>((resolve) => (come = () => resolve(null)));
  const router = createMemoryRouter(
    [
      { path: "/a", element: null },
      { path: "/b", element: null, loader: loaded },
    ],
    { initialEntries: ["/a"] },
  );
  const stop = watchLeaving(router);
  await router.navigate("/a?q=1");
  expect(leaving.get()).toBe(false);
  const gone = router.navigate("/b");
  expect(leaving.get()).toBe(true);
  // The loader begins a moment later.
  await Promise.resolve();
  come();
  await gone;
  expect(leaving.get()).toBe(false);
  stop();
});
