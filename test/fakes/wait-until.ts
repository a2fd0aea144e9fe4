/** Waiting for a condition that other processes bring about. */

const POLL_MS = 10;
const LIMIT_MS = 15_000;

/** Resolves as soon as `condition` holds; rejects naming `what` after a generous limit. */
export async function waitUntil(what: string, condition: () => boolean): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
