import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { httpGuard } from "../../../../host/src/serve/http-guard.ts";
import { addPage, type PageFiles } from "../../../../host/src/serve/page.ts";
import { keepingLog } from "../../../fakes/temp-folder.ts";

const FILES: PageFiles = { "index.html": "<p>", "page.js": "js", "page.css": "css", "icon.svg": "<svg>" };
const api = new Hono();
api.use(httpGuard({ log: keepingLog() }));
addPage(api, FILES);

const get = (path: string) => api.request(path, { headers: { host: "127.0.0.1" } });

describe("the dashboard's files", () => {
  it.each([
    ["/", "text/html; charset=utf-8", "<p>"],
    ["/page/page.js", "text/javascript; charset=utf-8", "js"],
    ["/page/page.css", "text/css; charset=utf-8", "css"],
    ["/page/icon.svg", "image/svg+xml", "<svg>"],
  ])("are served each as what it is: %s", async (path, type, text) => {
    const answer = await get(path);
    expect(answer.headers.get("content-type")).toBe(type);
    expect(await answer.text()).toBe(text);
  });

  it("are these alone", async () => {
    for (const path of ["/page/", "/page/index.html", "/page/../main.js", "/page/constructor"])
      expect((await get(path)).status).toBe(404);
  });

  it("run no code but their own, in no frame, and turn no text into markup", async () => {
    const { headers } = await get("/");
    const policy = headers.get("content-security-policy")?.split("; ");
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(headers.get("content-security-policy")).not.toContain("unsafe");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });
});
