import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { RouterProvider } from "react-router";
import { openStream } from "@/api/client";
import { browserTabs, Live } from "@/api/live";
import { newQueryClient } from "@/api/queryClient";
import { LiveContext } from "@/api/useLive";
import { config } from "@/lib/config";
import { newRouter } from "./router";
import { styleNonce } from "./theme/nonce";
import { schemes } from "./theme/scheme";
import { theme, variables } from "./theme/theme";

export function App() {
  const [live] = useState(() => new Live({ open: openStream, tabs: browserTabs(`tidings.stream${config.base}`) }));
  const [queries] = useState(() => newQueryClient(live));
  const [router] = useState(newRouter);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queries}>
        <LiveContext value={live}>
          <RouterProvider router={router} />
          <Notifications position="bottom-right" limit={3} />
        </LiveContext>
      </QueryClientProvider>
    </MantineProvider>
  );
}
