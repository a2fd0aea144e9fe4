/** What all routes of the control API share: their type, how an operation is answered, and what is said where it cannot be. */
import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import { ERRORS, type ErrorCode } from "../api/errors.ts";
import type { Operation, PathParts } from "../api/operation.ts";
import { type Checked, checkText, checkValue } from "../api/requests.ts";
import { type Body, readBody } from "./bounded-body.ts";

/** The only body is a target and a time. */
const LONGEST_BODY_BYTES = 4096;

export type Api = Hono<{ Bindings: HttpBindings }>;
type ApiContext = Context<{ Bindings: HttpBindings }>;

/** What an operation is asked. */
export interface Asked<Path extends string, Query, Body> {
  readonly parts: PathParts<Path>;
  readonly query: Query;
  readonly body: Body;
}

/** What came of it. */
export type Outcome<Answer, Failure> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly code: Failure; readonly message: string };

/** Answers an operation with JSON. The compiler holds `answer` to what its definition promises. */
export function serve<Path extends string, Query, Body, Answer, Failure extends ErrorCode>(
  api: Api,
  operation: Operation<Path, Query, Body, Answer, Failure>,
  answer: (asked: Asked<Path, Query, Body>) => Outcome<Answer, Failure> | Promise<Outcome<Answer, Failure>>,
): void {
  serveAs(api, operation, async (c, asked) => {
    const outcome = await answer(asked);
    return outcome.ok ? c.json(outcome.answer as object) : fail(c, outcome.code, outcome.message);
  });
}

/** Answers an operation with something else than JSON. */
export function serveAs<Path extends string, Query, Body, Answer, Failure extends ErrorCode>(
  api: Api,
  operation: Operation<Path, Query, Body, Answer, Failure>,
  answer: (c: ApiContext, asked: Asked<Path, Query, Body>) => Response | Promise<Response>,
): void {
  const { method, path, query, body } = operation;
  api.on(method.toUpperCase(), path.replace(/\{(\w+)\}/g, ":$1"), async (c) => {
    const checkedQuery = query === undefined ? NOTHING : checkValue(query, c.req.query(), "query");
    if (!checkedQuery.ok) return fail(c, "bad-request", checkedQuery.message);
    const read = body === undefined ? NO_BODY : await readBody(c.env.incoming, LONGEST_BODY_BYTES);
    if (!read.ok) return fail(c, read.code, read.message);
    const checkedBody = body === undefined ? NOTHING : checkText(body, read.text);
    if (!checkedBody.ok) return fail(c, "bad-request", checkedBody.message);
    const parts = c.req.param() as PathParts<Path>;
    return answer(c, { parts, query: checkedQuery.value as Query, body: checkedBody.value as Body });
  });
}

/** The answer with a code and a sentence. */
export function fail(c: Context, code: ErrorCode, message: string): Response {
  return c.json({ error: { code, message } }, ERRORS[code][0]);
}

const NOTHING: Checked = { ok: true, value: undefined };
const NO_BODY: Body = { ok: true, text: "" };
