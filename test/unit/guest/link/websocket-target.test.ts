/** Where to connect over WebSocket, as the command line says it. */
import { describe, expect, it } from "vitest";
import { readTarget } from "../../../../guest/src/link/websocket-target.ts";

const PIN = "AB".repeat(32);
const known = { url: "wss://host:7781", "token-file": "/t" };

describe("the options of WebSocket", () => {
  it.each([
    [{}, undefined],
    [known, { url: "wss://host:7781", tokenFile: "/t" }],
    [{ ...known, ca: "/ca.pem" }, { caFile: "/ca.pem" }],
    [{ ...known, fingerprint: `sha256:${PIN}` }, { fingerprint: "ab".repeat(32) }],
    [{ ...known, fingerprint: `sha256:${Array(32).fill("AB").join(":")}` }, { fingerprint: "ab".repeat(32) }],
    [{ ...known, url: "ws://127.0.0.1:1" }, { url: "ws://127.0.0.1:1" }],
    [{ ...known, url: "ws://localhost:1" }, {}],
    [{ ...known, url: "ws://[::1]:1" }, {}],
    [{ ...known, url: "ws://10.0.2.2:1", "insecure-ws": true }, {}],
  ])("%j are understood", (words, target) => {
    const result = readTarget(words);
    expect(result.ok).toBe(true);
    if (target === undefined) expect(result).toEqual({ ok: true, target: undefined });
    else expect(result).toMatchObject({ ok: true, target });
  });

  it.each([
    [{ ca: "/x" }, /--ca needs --url/],
    [{ "insecure-ws": true }, /--insecure-ws needs --url/],
    [{ ...known, url: "https://host" }, /--url is wss:\/\/HOST:PORT/],
    [{ ...known, url: "host:7781" }, /--url is wss/],
    [{ ...known, url: "wss://me:secret@host" }, /the token is in --token-file/],
    [{ ...known, url: "ws://10.0.2.2:1" }, /would send the token readable/],
    [{ ...known, url: "ws://127.0.0.1.example:1" }, /would send the token readable/],
    [{ ...known, url: "ws://localhost.example:1" }, /would send the token readable/],
    [{ ...known, url: "ws://127.0.0.1", ca: "/x" }, /need wss/],
    [{ ...known, "insecure-ws": true }, /for ws:\/\/ only/],
    [{ ...known, ca: "" }, /--ca needs a file/],
    [{ ...known, fingerprint: PIN }, /--fingerprint is sha256: and 64 hex digits/],
    [{ ...known, fingerprint: "sha256:ab" }, /64 hex digits/],
    [{ url: "wss://host" }, /--url needs --token-file/],
  ])("%j are refused with a reason", (words, problem) => {
    expect(readTarget(words)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
  });
});
