// What can be said about an endpoint URL without asking the server. The server
// decides; this only spares a round trip for what nobody can mean.
export type UrlProblem = "empty" | "shape" | "http" | "userinfo" | "long" | "private";

export interface UrlLook {
  readonly problem?: UrlProblem;
  readonly host?: string;
  readonly url: string;
  readonly fragmentRemoved: boolean;
}

export const maxUrlBytes = 2048;

export function lookAtUrl(input: string, allowsPrivate: boolean): UrlLook {
  const trimmed = input.trim();
  const hash = trimmed.indexOf("#");
  const url = hash < 0 ? trimmed : trimmed.slice(0, hash);
  const look = { url, fragmentRemoved: hash >= 0 };
  if (url === "") return { ...look, problem: "empty" };
  if (new TextEncoder().encode(url).length > maxUrlBytes) return { ...look, problem: "long" };
  const parsed = parse(url);
  if (!parsed) return { ...look, problem: "shape" };
  const host = parsed.hostname;
  if (parsed.username || parsed.password) return { ...look, host, problem: "userinfo" };
  if (parsed.protocol === "http:" && !allowsPrivate) {
    return { ...look, host, problem: isLocalHost(host) ? "private" : "http" };
  }
  if (!allowsPrivate && isLocalHost(host)) return { ...look, host, problem: "private" };
  return { ...look, host };
}

function parse(text: string): URL | undefined {
  if (!/^https?:\/\/[^/\\]/i.test(text) || /\s/.test(text)) return undefined;
  try {
    const url = new URL(text);
    return url.hostname ? url : undefined;
  } catch {
    return undefined;
  }
}

// Names and literals that cannot be public. URL has already normalised the address.
export function isLocalHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (name === "localhost" || /\.(?:localhost|local|internal|home\.arpa)$/.test(name)) return true;
  if (name.startsWith("[")) return isLocalV6(name.slice(1, -1));
  const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(name)?.slice(1).map(Number);
  return octets !== undefined && isLocalV4(octets);
}

function isLocalV4(octets: readonly number[]): boolean {
  const [a = 0, b = 0] = octets;
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    a >= 224
  );
}

function isLocalV6(address: string): boolean {
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped) {
    const high = Number.parseInt(mapped[1] ?? "0", 16);
    return isLocalV4([high >> 8, high & 255]);
  }
  return address === "::" || address === "::1" || /^f[cdef]/.test(address) || /^64:ff9b:/.test(address);
}

// Where to go after signing in: only inside this console.
export function safeReturn(path: string | null | undefined): string {
  return path?.startsWith("/") && !path.startsWith("//") && !path.includes("\\") ? path : "/";
}
