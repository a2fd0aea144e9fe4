/**
 * Reads a request's body up to a bound, from Node's own stream. Hono's limit and Hono's `Request` fail on bodies that do not tell their
 * length (chunked), and on names in `Host` that make no URL.
 */
import type { Readable } from "node:stream";

export type Body =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: "too-large" | "bad-request"; readonly message: string };

/** The body as text. What lies beyond the bound is not kept. */
export async function readBody(untrustedBody: Readable, mostBytes: number): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // The connection must live on for the answer.
    for await (const chunk of untrustedBody.iterator({ destroyOnReturn: false })) {
      const part = Buffer.from(chunk as Uint8Array);
      bytes += part.length;
      if (bytes > mostBytes) return { ok: false, code: "too-large", message: "the body is too large" };
      chunks.push(part);
    }
  } catch {
    // The connection broke, or was cut because the body took too long: that is no failure of the broker.
    return { ok: false, code: "bad-request", message: "the body did not come to its end" };
  }
  return { ok: true, text: Buffer.concat(chunks).toString("utf8") };
}
