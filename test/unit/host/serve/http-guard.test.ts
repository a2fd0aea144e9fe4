import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { httpGuard, type ReadTokens } from "../../../../host/src/serve/http-guard.ts";
import { keepingLog } from "../../../fakes/temp-folder.ts";

const TOKEN = "a".repeat(64);

function guarded(readTokens?: ReadTokens, log = keepingLog()) {
  const api = new Hono();
  api.use(httpGuard({ readTokens, log }));
  api.get("/v1/status", (c) => c.json({}));
  api.post("/v1/guests/a/balloon", (c) => c.json({ done: true }));
  return (host: string, method = "GET", path = "/v1/status", headers: Record<string, string> = {}) =>
    api.request(path, { method, headers: { host, ...headers } });
}

const ask = guarded();

describe("reads over HTTP", () => {
  it.each(["127.0.0.1:7780", "localhost:7780", "LOCALHOST", "[::1]:7780", "10.0.0.1"])(
    "are answered under a name that no page of elsewhere can have: %s",
    async (host) => {
      expect((await ask(host)).status).toBe(200);
    },
  );

  it.each([
    "",
    "evil.example",
    "evil.example:7780",
    "localhost.evil.example",
    "[::1",
    "127.0.0.1.evil.example:7780",
  ])("are refused under any other: %j", async (host) => {
    expect((await ask(host)).status).toBe(403);
  });

  it.each([
    ["http://127.0.0.1:7780", 200],
    ["http://127.0.0.1:7781", 403],
    ["https://evil.example", 403],
    ["null", 403],
  ])("are answered to the page itself and to no other: %s", async (origin, status) => {
    expect((await ask("127.0.0.1:7780", "GET", "/v1/status", { origin })).status).toBe(status);
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])(
    "are all there is without tokens: %s is refused",
    async (method) => {
      const answer = await ask("127.0.0.1", method, "/v1/guests/a/balloon");
      expect(answer.status).toBe(405);
      expect(await answer.json()).toMatchObject({ error: { code: "read-only" } });
    },
  );

  it("cannot be read by another page, nor shown in one, whatever is answered", async () => {
    for (const answer of [
      await ask("127.0.0.1"),
      await ask("evil.example"),
      await ask("127.0.0.1", "POST"),
    ]) {
      const { headers } = answer;
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
});

describe("a change over HTTP", () => {
  const change = (asking: ReturnType<typeof guarded>, authorization?: string) =>
    asking("127.0.0.1", "POST", "/v1/guests/a/balloon", authorization === undefined ? {} : { authorization });

  it("is made with a token of the file, and refused without", async () => {
    const asking = guarded(async () => ["b".repeat(32), TOKEN]);
    expect(await (await change(asking, `Bearer ${TOKEN}`)).json()).toEqual({ done: true });
    const wrong = [undefined, "", TOKEN, `Bearer ${TOKEN}x`, `Bearer ${"a".repeat(63)}`, `Basic ${TOKEN}`];
    for (const authorization of wrong) {
      const answer = await change(asking, authorization);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(await answer.json()).toMatchObject({ error: { code: "unauthorized" } });
    }
  });

  it("follows the file as it is at that moment", async () => {
    let tokens = [TOKEN];
    const asking = guarded(async () => tokens);
    expect((await change(asking, `Bearer ${TOKEN}`)).status).toBe(200);
    tokens = [];
    expect((await change(asking, `Bearer ${TOKEN}`)).status).toBe(401);
  });

  it("is refused where the file cannot be used, which is logged once and without any token", async () => {
    const log = keepingLog();
    const asking = guarded(() => Promise.reject(new Error("no file")), log);
    for (let i = 0; i < 3; i++) expect((await change(asking, `Bearer ${TOKEN}`)).status).toBe(401);
    expect(log.lines).toEqual(["control.token cannot be used: nothing is changed over HTTP"]);
    expect(await (await change(asking, `Bearer ${TOKEN}`)).text()).not.toContain(TOKEN);
  });
});
