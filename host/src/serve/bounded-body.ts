/**
 * Reads a request's body up to a bound, from Node's own stream. Hono's limit and Hono's `Request` fail on bodies that do not tell their
 * length (chunked), and on names in `Host` that make no URL.
 */
import type { Readable } from "node:stream";

/** The body as text; `undefined`: it is longer than `mostBytes`. What lies beyond the bound is not kept. */
export async function readBody(untrustedBody: Readable, mostBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The connection must live on for the answer.
  for await (const chunk of untrustedBody.iterator({ destroyOnReturn: false })) {
    const part = Buffer.from(chunk as Uint8Array);
    bytes += part.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString("utf8");
}
