import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { readOnlyGuard } from "../../../../host/src/serve/read-only.ts";

const api = new Hono();
api.use(readOnlyGuard());
api.get("/v1/status", (c) => c.json({}));
api.post("/v1/guests/a/balloon", (c) => c.json({}));

async function ask(host: string, method = "GET", path = "/v1/status") {
  return api.request(path, { method, headers: { host } });
}

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

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])(
    "are all there is: %s is refused",
    async (method) => {
      const answer = await ask("127.0.0.1", method, "/v1/guests/a/balloon");
      expect(answer.status).toBe(405);
      expect(await answer.json()).toMatchObject({ error: { code: "read-only" } });
    },
  );

  it("cannot be read by another page, nor shown in one", async () => {
    const { headers } = await ask("127.0.0.1");
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});
