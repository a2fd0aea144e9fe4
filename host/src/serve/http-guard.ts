/** What keeps the API harmless where any program of this machine may ask, a web page in a browser among them. */
import { isIP } from "node:net";
import type { Context, MiddlewareHandler } from "hono";
import type { Log } from "../model/adapters.ts";
import { bearerToken, findByHash, hashOf } from "../secrets/bearer-token.ts";
import { fail } from "./api.ts";

/** Reads the tokens that may change something; rejects with a message for the admin. */
export type ReadTokens = () => Promise<readonly string[]>;

export interface HttpGuardOptions {
  /** Read anew for each request that needs one, so that a new file counts at once. Absent: only reads are served. */
  readonly readTokens?: ReadTokens | undefined;
  readonly log: Log;
}

/** Refuses all but reads under one of this machine's own names, and what changes something without a token. */
export function httpGuard({ readTokens, log }: HttpGuardOptions): MiddlewareHandler {
  const tokens = readTokens && orNone(readTokens, log);
  return async (c, next) => {
    const refusal = refusalOf(c.req.header("host"), c.req.header("origin"));
    if (refusal !== undefined) return withHeaders(fail(c, "forbidden", refusal));
    const denied = isRead(c) ? undefined : await denial(c, tokens);
    if (denied !== undefined) return withHeaders(denied);
    await next();
    withHeaders(c.res);
    return undefined;
  };
}

/**
 * Why a request is none of this machine's own; absent: it is. A page of elsewhere reaches this server under its own name (DNS rebinding), so
 * only addresses and localhost are names of it. A WebSocket has no other protection than this against a page of elsewhere that names its
 * origin.
 */
export function refusalOf(
  untrustedHost: string | undefined,
  untrustedOrigin: string | undefined,
): string | undefined {
  if (untrustedHost === undefined || !isOwnName(untrustedHost)) return "ask by address or as localhost";
  if (untrustedOrigin === undefined || untrustedOrigin === `http://${untrustedHost}`) return undefined;
  return "pages of other servers may not ask";
}

/** Why a write is not done; undefined: it may be. */
async function denial(c: Context, readTokens: ReadTokens | undefined): Promise<Response | undefined> {
  if (readTokens === undefined) {
    return fail(c, "read-only", "only reads here: use the control socket, or set control.token");
  }
  const tokens = await readTokens();
  const given = bearerToken(c.req.header("authorization"));
  const entries = tokens.map((token) => ({ hash: hashOf(token) }));
  if (given !== undefined && findByHash(entries, hashOf(given)) !== undefined) return undefined;
  const response = fail(c, "unauthorized", "send the token of control.token: Authorization: Bearer TOKEN");
  response.headers.set("www-authenticate", "Bearer");
  return response;
}

/** None where they cannot be read, which is logged once until they can: a client that goes on asking must not fill the log. */
function orNone(readTokens: ReadTokens, log: Log): ReadTokens {
  let isFailing = false;
  return async () => {
    try {
      const tokens = await readTokens();
      isFailing = false;
      return tokens;
    } catch (error) {
      if (!isFailing) log.error({ err: error }, "control.token cannot be used: nothing is changed over HTTP");
      isFailing = true;
      return [];
    }
  };
}

function isRead({ req }: Context): boolean {
  return req.method === "GET" || req.method === "HEAD";
}

/** What is no page a browser shall take for none, nor let another page read it. The page has a policy of its own. */
const HEADERS: ReadonlyMap<string, string> = new Map([
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["cross-origin-resource-policy", "same-origin"],
  ["x-content-type-options", "nosniff"],
  ["cache-control", "no-store"],
]);

function withHeaders(response: Response): Response {
  for (const [name, value] of HEADERS) if (!response.headers.has(name)) response.headers.set(name, value);
  return response;
}

function isOwnName(untrustedHost: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(untrustedHost) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  return plain !== undefined && (isIP(plain) === 4 || plain.toLowerCase() === "localhost");
}
