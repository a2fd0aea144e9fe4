/** Owns waiting for a condition with a limit: the only way in which the testbed and its suites wait. */
import { setTimeout as sleep } from "node:timers/promises";
import { TestbedError } from "./errors.ts";

/** How long and how often to probe. */
export interface WaitOptions {
  /** Gives up after this many milliseconds. */
  readonly timeoutMs: number;
  /** Pause between two probes, 100 ms if not given. */
  readonly intervalMs?: number;
}

/** Probes until `probe` gives something other than `undefined` or `false`, and returns that; throws `TESTBED_WAIT`, naming `what`, at the limit. */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const endMs = performance.now() + options.timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() >= endMs) {
      throw new TestbedError("TESTBED_WAIT", `${what}: not within ${options.timeoutMs} ms`);
    }
    await sleep(options.intervalMs ?? 100);
  }
}
