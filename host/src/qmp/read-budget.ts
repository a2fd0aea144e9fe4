/** What one QEMU may make the broker read: so many messages and bytes a second. Pure; time comes from the caller. */
import { TokenBucket } from "../timing/token-bucket.ts";

/**
 * A guest's tick brings half a dozen answers, QEMU sends at most one `BALLOON_CHANGE` a second, and a survey of its hardware some hundred answers at once.
 */
const MESSAGES_PER_SECOND = 100;
const MESSAGES_BURST = 1_000;
/** White space and the parts of a long object cost reading, too. */
const BYTES_PER_SECOND = 256 * 1024;
const BYTES_BURST = 4 * 1024 * 1024;

/** Counts what was read of one connection. */
export class ReadBudget {
  readonly #messages = new TokenBucket(MESSAGES_PER_SECOND, MESSAGES_BURST);
  readonly #bytes = new TokenBucket(BYTES_PER_SECOND, BYTES_BURST);

  /** Bytes came in; the time for which nothing more is to be read, milliseconds. */
  bytes(count: number, nowMs: number): number {
    return this.#bytes.spend(nowMs, count);
  }

  /** A message is to be handled; the time for which nothing more is to be, milliseconds. */
  message(nowMs: number): number {
    return this.#messages.spend(nowMs, 1);
  }
}
