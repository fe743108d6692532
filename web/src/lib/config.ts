// What the server tells the page: where it is served and which version it is.
export interface Config {
  readonly base: string;
  readonly version: string;
}

export function readConfig(text: string | null | undefined): Config {
  const fallback: Config = { base: "", version: "" };
  if (!text) return fallback;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return fallback;
    const { base, version } = value as Record<string, unknown>;
    return {
      base: typeof base === "string" ? base.replace(/\/+$/, "") : "",
      version: typeof version === "string" ? version : "",
    };
  } catch {
    return fallback;
  }
}

export const config: Config = readConfig(document.getElementById("config")?.textContent);
