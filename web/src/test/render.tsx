import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { createMemoryRouter, parsePath, RouterProvider } from "react-router";
import { Live } from "@/api/live";
import { LiveContext } from "@/api/useLive";
import { theme } from "@/app/theme/theme";
import { LiveRegion } from "@/ui/announce";

interface Options {
  // The address that the element is at; others show their path.
  readonly at?: string;
  readonly path?: string;
  // The page around it, with an outlet.
  readonly outer?: ReactElement;
  // The state of the location.
  readonly state?: unknown;
}

// show renders an element as it is in the console, with a person who uses it.
export function show(element: ReactElement, { at = "/", path = "*", outer, state }: Options = {}) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false }, mutations: { retry: false } } });
  const live = new Live({ open: () => new Promise(() => undefined), tabs: { lock: undefined, channel: undefined } });
  const router = createMemoryRouter(
    [
      outer ? { element: outer, path, children: [{ index: true, element }] } : { path, element },
      { path: "*", element: <p>elsewhere</p> },
    ],
    { initialEntries: [state === undefined ? at : { ...parsePath(at), state }] },
  );
  const view = render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={queries}>
        <LiveContext value={live}>
          <LiveRegion />
          <RouterProvider router={router} />
        </LiveContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { ...view, router, queries, user: userEvent.setup({ delay: null }) };
}
