import { act, render, screen } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, it } from "vitest";
import { useLeaving } from "./useLeaving";

function Page() {
  return <p>{useLeaving().current ? "leaving" : "here"}</p>;
}

it("is true while another page is loaded, not for another address of this one", async () => {
  let come = () => {};
  const router = createMemoryRouter(
    [
      { path: "/a", element: <Page /> },
      { path: "/b", element: <p>b</p>, loader: () => new Promise<null>((resolve) => (come = () => resolve(null))) },
    ],
    { initialEntries: ["/a"] },
  );
  render(<RouterProvider router={router} />);
  await act(() => router.navigate("/a?q=1"));
  expect(screen.getByText("here")).toBeTruthy();
  await act(async () => void router.navigate("/b"));
  expect(screen.getByText("leaving")).toBeTruthy();
  await act(async () => come());
  expect(screen.getByText("b")).toBeTruthy();
});
