/** What all routes of the control API share: their type, and the answer where a request cannot be met. */
import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";

export type Api = Hono<{ Bindings: HttpBindings }>;

/** Codes that a client may tell apart; the message is for people. */
export type ErrorCode =
  | "not-found"
  | "unknown-guest"
  | "not-ready"
  | "bad-request"
  | "too-large"
  | "refused"
  | "not-kept"
  | "too-many-streams"
  | "no-history"
  | "internal";

const HTTP_STATUS = {
  "not-found": 404,
  "unknown-guest": 404,
  "not-ready": 503,
  "bad-request": 400,
  "too-large": 413,
  refused: 409,
  "not-kept": 507,
  "too-many-streams": 503,
  "no-history": 503,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

/** The answer with a code and a sentence. */
export function fail(c: Context, code: ErrorCode, message: string): Response {
  return c.json({ error: { code, message } }, HTTP_STATUS[code]);
}
