import { useEffect, useState } from "react";

// takeToken reads the token of a one-time link. It is in the fragment, which is not sent
// to any server or written to its log, and it is taken out of the address bar at once.
export function takeToken(name: string): string {
  const token = new URLSearchParams(location.hash.slice(1)).get(name) ?? "";
  if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

// useToken is the token of the link that was opened, also of one that is opened while
// the page is there already: only the fragment changes then.
export function useToken(name: string): string {
  const [token, setToken] = useState(() => takeToken(name));
  useEffect(() => {
    const changed = () => {
      const next = takeToken(name);
      if (next) setToken(next);
    };
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, [name]);
  return token;
}
