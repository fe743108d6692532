import type { Plugin } from "vite";

// localConfig stands in for the server in `vite dev`: it fills in the places of
// index.html that the server fills in per request.
export function localConfig(): Plugin {
  return {
    name: "local-config",
    apply: "serve",
    transformIndexHtml: (html) =>
      html.replace("__TIDINGS_CONFIG__", JSON.stringify({ base: "", version: "dev" })).replace("__CSP_NONCE__", ""),
  };
}
