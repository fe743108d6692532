// One-time links carry their token in the fragment, which is not sent to any server or
// written to its log. It is taken out of the address bar at once.
export function takeToken(name: string): string {
  const token = new URLSearchParams(location.hash.slice(1)).get(name) ?? "";
  if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}
