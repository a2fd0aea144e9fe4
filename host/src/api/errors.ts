/** How the control API says no. */
import { z } from "zod";
import { text, word } from "./fields.ts";

/** Codes that a client may tell apart, with their HTTP status and their meaning; the message is for people. */
export const ERRORS = {
  "not-found": [404, "there is no such path, or nothing is remembered of such a moment"],
  "unknown-guest": [404, "there is no such guest"],
  "not-ready": [503, "nothing is known of the guest yet"],
  "bad-request": [400, "the request says something that cannot be meant"],
  "too-large": [413, "the body is too large"],
  refused: [409, "the broker does not do it, and says why"],
  "not-kept": [507, "a restart would forget it, so it is not done"],
  "too-many-streams": [503, "there are too many followers already"],
  "upgrade-required": [426, "this is a WebSocket"],
  "no-history": [503, "no history is kept, or it cannot be read"],
  forbidden: [403, "the server was named by a name that is not its own, or a foreign page asks"],
  "read-only": [405, "only reads are served over HTTP"],
  unauthorized: [401, "the token is missing or wrong"],
  internal: [500, "the broker failed; its log says why"],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR = z
  .looseObject({
    error: z.looseObject({
      code: word(Object.keys(ERRORS), "for programs"),
      message: text("for people"),
    }),
  })
  .meta({ id: "Error", description: "Why there is no answer." });
