/** What keeps the API harmless where any program of this machine may ask, a web page in a browser among them. */
import { isIP } from "node:net";
import type { MiddlewareHandler } from "hono";

/** Refuses all but reads under one of this machine's own names. */
export function readOnlyGuard(): MiddlewareHandler {
  return async (c, next) => {
    // A page of elsewhere reaches this server under its own name (DNS rebinding): only addresses and localhost are ours.
    if (!isOwnName(c.req.header("host") ?? ""))
      return c.json({ error: { code: "forbidden", message: "ask by address or as localhost" } }, 403);
    if (c.req.method !== "GET" && c.req.method !== "HEAD")
      return c.json(
        { error: { code: "read-only", message: "only reads here: use the control socket" } },
        405,
      );
    await next();
    for (const [name, value] of HEADERS) if (!c.res.headers.has(name)) c.header(name, value);
    return undefined;
  };
}

/** What is no page a browser shall take for none, nor let another page read it. The page has a policy of its own. */
const HEADERS: ReadonlyMap<string, string> = new Map([
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["cross-origin-resource-policy", "same-origin"],
  ["x-content-type-options", "nosniff"],
  ["cache-control", "no-store"],
]);

function isOwnName(untrustedHost: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(untrustedHost) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  return plain !== undefined && (isIP(plain) === 4 || plain.toLowerCase() === "localhost");
}
