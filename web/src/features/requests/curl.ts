// A command that sends a request again by hand. Everything is quoted for POSIX shells,
// whatever bytes it holds.
export interface CurlRequest {
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  // Headers whose value is the name of a variable, such as $AUTHORIZATION.
  readonly locked: ReadonlySet<string>;
  readonly body: Uint8Array;
}

// A longer argument is refused by Linux; what is piped has no limit.
const longestArgument = 100_000;

export function curlCommand({ url, headers, locked, body }: CurlRequest): string {
  const text = textOf(body);
  const piped = text === undefined || !isPlain(text) || body.length > longestArgument;
  const lines = [
    `curl${flagsFor(url)} -X POST ${quote(url)}`,
    ...headers.map(([name, value]) => `-H ${locked.has(name) ? variable(name, value) : quote(header(name, value))}`),
    piped ? "--data-binary @-" : `--data-raw ${quote(text)}`,
  ];
  const command = lines.join(" \\\n  ");
  return piped ? `printf ${quote(printfOf(body))} |\n${command}` : command;
}

// curl reads [] and {} in an address as patterns, and takes out dot segments.
function flagsFor(url: string): string {
  return (/[[\]{}]/.test(url) ? " --globoff" : "") + (/\/\.{1,2}(?:[/?]|$)/.test(url) ? " --path-as-is" : "");
}

// A header without a value is written with a semicolon.
const header = (name: string, value: string): string => (value === "" ? `${name};` : `${name}: ${value}`);

// The shell puts in what the variable holds.
const variable = (name: string, value: string): string =>
  /^\$[A-Za-z_][A-Za-z0-9_]*$/.test(value) ? `${quote(`${name}: `)}"${value}"` : quote(header(name, value));

export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

// What a terminal may be pasted without anything happening to it. Line feeds are kept
// by quotes; other control characters are not safe from the terminal.
const isPlain = (text: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/.test(text);

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// printfOf is bytes as the format of printf: ASCII as it is, the rest in octal.
export function printfOf(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) {
    if (byte === 0x5c) out += "\\\\";
    else if (byte === 0x25) out += "%%";
    else if (byte >= 0x20 && byte < 0x7f) out += String.fromCharCode(byte);
    else out += `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return out;
}

// toLocal is an address on this machine with the path and query of another.
export function toLocal(url: string, port = 3000): string {
  const found = /^https?:\/\/[^/?#]*(.*)$/i.exec(url);
  const rest = found?.[1] ?? "";
  return `http://localhost:${port}${rest.startsWith("/") ? rest : `/${rest}`}`;
}
