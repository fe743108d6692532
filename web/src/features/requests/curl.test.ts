import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { curlCommand, printfOf, quote, toLocal } from "./curl";

const encode = (text: string) => new TextEncoder().encode(text);

// What a shell makes of a command: its arguments and its standard input, as curl would
// get them.
function run(command: string, env: Record<string, string> = {}) {
  const script = `curl() { for a in "$@"; do printf '%s\\n<>\\n' "$a"; done; case "$*" in *@-*) cat;; esac; }\n${command}`;
  const { stdout, status, stderr } = spawnSync("sh", [], { input: script, env: { PATH: process.env.PATH, ...env } });
  expect(stderr.toString()).toBe("");
  expect(status).toBe(0);
  const bytes = new Uint8Array(stdout);
  const text = stdout.toString("latin1");
  const at = text.lastIndexOf("\n<>\n") + 4;
  return { args: stdout.toString().split("\n<>\n").slice(0, -1), stdin: bytes.slice(at) };
}

const request = (change: Partial<Parameters<typeof curlCommand>[0]> = {}) =>
  curlCommand({ url: "https://x.example/in", headers: [], locked: new Set(), body: encode("{}"), ...change });

describe("curlCommand", () => {
  it("is what a shell hands to curl", () => {
    const body = `{"event":"It's","a":"$HOME \`id\` \\n \\"","b":"é‮"}\n{"c":"!"}`.replace("‮", "");
    const { args } = run(
      request({
        url: "https://x.example/in?a='b'&c=$d",
        headers: [
          ["content-type", "application/json"],
          ["x-odd", `'"$HOME\\`],
          ["x-empty", ""],
        ],
        body: encode(body),
      }),
    );
    expect(args).toEqual([
      "-X",
      "POST",
      "https://x.example/in?a='b'&c=$d",
      "-H",
      "content-type: application/json",
      "-H",
      `x-odd: '"$HOME\\`,
      "-H",
      "x-empty;",
      "--data-raw",
      body,
    ]);
  });

  it("leaves locked values to variables, and nothing else", () => {
    const headers = [
      ["authorization", "$AUTHORIZATION"],
      ["x-price", "$AUTHORIZATION"],
      ["x-`id`$HOME", "$X_ID_HOME"],
    ] as const;
    const command = request({ headers, locked: new Set(["authorization", "x-`id`$HOME"]) });
    expect(run(command, { AUTHORIZATION: 'Bearer "x" $y', X_ID_HOME: "odd" }).args).toEqual(
      expect.arrayContaining([`authorization: Bearer "x" $y`, "x-price: $AUTHORIZATION", "x-`id`$HOME: odd"]),
    );
  });

  it("pipes what a terminal would not leave alone, byte by byte", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const { args, stdin } = run(request({ body: bytes }));
    expect(args.at(-1)).toBe("@-");
    expect(stdin).toEqual(bytes);
    const escapes = encode('{"a":"%s %d \\\\ \t\u001b[31m\'"}\n');
    expect(run(request({ body: escapes })).stdin).toEqual(escapes);
  });

  it("pipes what is too long for an argument", () => {
    const body = encode(`{"a":"${"x".repeat(300_000)}"}`);
    expect(Buffer.from(run(request({ body })).stdin).equals(body)).toBe(true);
  });

  it("takes more flags at its end", () => {
    expect(run(`${request()} --silent`).args.at(-1)).toBe("--silent");
  });

  it("keeps the address as it is", () => {
    expect(run(request({ url: "https://[2001:db8::1]/a{b}" })).args[0]).toBe("--globoff");
    expect(run(request({ url: "https://x.example/a/../b" })).args[0]).toBe("--path-as-is");
    expect(run(request()).args[0]).toBe("-X");
  });
});

it("quotes", () => {
  expect(quote("it's")).toBe(`'it'\\''s'`);
});

it("writes bytes for printf", () => {
  expect(printfOf(encode("a%\\é\n"))).toBe("a%%\\\\\\303\\251\\012");
});

it("leads to this machine", () => {
  expect(toLocal("https://x.example:8443/in/a?b=c")).toBe("http://localhost:3000/in/a?b=c");
  expect(toLocal("https://x.example")).toBe("http://localhost:3000/");
  expect(toLocal("https://x.example?b=c")).toBe("http://localhost:3000/?b=c");
});
