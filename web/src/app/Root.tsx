import { Portal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Navigate, Outlet, useLocation } from "react-router";
import { sessionQuery } from "@/api/session";
import { safeReturn } from "@/lib/url";
import { LiveRegion } from "@/ui/announce";
import { BarPattern } from "@/ui/Bars";
import { ErrorCard } from "@/ui/ErrorCard";
import { RouteFocus } from "./RouteFocus";
import { SignInDialog } from "./SignInDialog";
import styles from "./shell.module.css";
import { useInertBackground } from "./useInertBackground";

// Root decides by the session which pages there are: only Set up before there is a
// user, only Sign in and links before somebody is signed in.
export function Root() {
  useInertBackground();
  const session = useQuery(sessionQuery);
  return (
    <>
      <BarPattern />
      <Portal>
        <LiveRegion />
      </Portal>
      <RouteFocus />
      {session.data && <Gate state={session.data.state} />}
      {!session.data && session.error && (
        <main className={styles.alone}>
          <h1 className="hidden-visually">Tidings</h1>
          <ErrorCard error={session.error} onRetry={() => void session.refetch()} />
        </main>
      )}
    </>
  );
}

const open = ["/login", "/start", "/setup"];

function Gate({ state }: { state: "setup" | "signedOut" | "signedIn" }) {
  const location = useLocation();
  const path = location.pathname;
  if (state === "setup" && path !== "/setup") return <Navigate to="/setup" replace />;
  if (state === "signedOut" && !open.includes(path)) {
    return <Navigate to="/login" replace state={{ from: path + location.search }} />;
  }
  if (state === "signedIn" && path === "/login") return <Navigate to={safeReturn(fromOf(location.state))} replace />;
  // Whoever has just set up makes a webhook next.
  if (state === "signedIn" && path === "/setup") return <Navigate to="/webhooks" replace />;
  return (
    <>
      <Outlet />
      {state === "signedIn" && <SignInDialog />}
    </>
  );
}

// The state of a location is whatever was put there.
function fromOf(state: unknown): string | undefined {
  const from = typeof state === "object" && state !== null && "from" in state ? state.from : undefined;
  return typeof from === "string" ? from : undefined;
}
