import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { built } from "@/lib/built";
import { config } from "@/lib/config";
import { watchLeaving } from "@/ui/leaving";
import { ErrorPage } from "./ErrorPage";
import { NotFoundPage } from "./NotFoundPage";
import { Root } from "./Root";
import { Shell } from "./Shell";

type Lazy = NonNullable<RouteObject["lazy"]>;

// page loads a page when it is come to: `Component` of the module that it names.
const page = (load: () => Promise<{ Component: React.ComponentType }>): Lazy => load as Lazy;

// Every route of the console. The pages for people who are not signed in are outside
// the shell.
export const routes: RouteObject[] = [
  {
    element: <Root />,
    errorElement: <ErrorPage />,
    hydrateFallbackElement: <div />,
    children: [
      { path: "/setup", lazy: page(() => import("@/features/session/SetupPage")) },
      { path: "/login", lazy: page(() => import("@/features/session/LoginPage")) },
      { path: "/start", lazy: page(() => import("@/features/session/StartPage")) },
      {
        element: <Shell />,
        children: [
          {
            errorElement: <ErrorPage />,
            children: [
              { index: true, element: <Navigate to={built.overview ? "/overview" : "/webhooks"} replace /> },
              { path: "/overview", lazy: page(() => import("@/features/overview/OverviewPage")) },
              { path: "/webhooks", lazy: page(() => import("@/features/webhooks/WebhooksPage")) },
              { path: "/webhooks/create", lazy: page(() => import("@/features/webhooks/WebhooksPage")) },
              {
                path: "/webhooks/:id",
                lazy: page(() => import("@/features/webhooks/WebhookPage")),
                children: [
                  { index: true, element: <Navigate to="settings" replace /> },
                  { path: "settings", lazy: page(() => import("@/features/webhooks/SettingsTab")) },
                  { path: "recent-requests", lazy: page(() => import("@/features/requests/WebhookRequestsTab")) },
                ],
              },
              {
                path: "/webhooks/:id/recent-requests/:requestId",
                lazy: page(() => import("@/features/requests/RequestPage")),
              },
              {
                path: "/requests",
                lazy: page(() => import("@/features/requests/RequestsPage")),
                children: [
                  { index: true, element: null },
                  { path: ":requestId", lazy: page(() => import("@/features/requests/RequestPage")) },
                ],
              },
              { path: "/events", lazy: page(() => import("@/features/events/EventsPage")) },
              { path: "/events/stream/:eventId", lazy: page(() => import("@/features/events/EventPage")) },
              { path: "/events/catalogue", lazy: page(() => import("@/features/events/CataloguePage")) },
              { path: "/events/catalogue/:type", lazy: page(() => import("@/features/events/CataloguePage")) },
              { path: "/receiver", lazy: page(() => import("@/features/receiver/ReceiverPage")) },
              { path: "/receiver/:inbox", lazy: page(() => import("@/features/receiver/ReceiverPage")) },
              { path: "/receiver/:inbox/:messageId", lazy: page(() => import("@/features/receiver/ReceiverPage")) },
              { path: "/api-keys", lazy: page(() => import("@/features/keys/ApiKeysPage")) },
              { path: "/settings", element: <Navigate to="/settings/general" replace /> },
              { path: "/settings/:section", lazy: page(() => import("@/features/settings/SettingsPage")) },
              { path: "/api", lazy: page(() => import("@/features/api/ApiPage")) },
              { path: "*", element: <NotFoundPage /> },
            ],
          },
        ],
      },
    ],
  },
];

export function newRouter() {
  const router = createBrowserRouter(routes, { basename: `${config.base}/console` });
  watchLeaving(router);
  return router;
}
