/** Logs rejected connections at a bounded rate: a flood must neither fill the log nor hide another guest's problem. */
import { TokenBucket } from "../../timing/token-bucket.ts";

const SAME_INTERVAL_MS = 60_000;
/** At most this many pairs of kind and address are remembered. */
const MOST_KEYS = 256;
/** The rate of all lines together: a burst, then one line in two seconds. */
const LINES_PER_SECOND = 0.5;
const LINES_BURST = 20;

interface Told {
  readonly atMs: number;
  untold: number;
}

export class Refusals {
  readonly #told = new Map<string, Told>();
  readonly #lines = new TokenBucket(LINES_PER_SECOND, LINES_BURST);

  /** The line for a connection that was rejected for `why`. Undefined if the same was logged for this address within a minute. */
  line(why: string, address: string, nowMs: number): string | undefined {
    const key = `${address} ${why}`;
    const told = this.#told.get(key);
    if (told !== undefined && nowMs - told.atMs < SAME_INTERVAL_MS) {
      told.untold++;
      return undefined;
    }
    if (!this.#lines.take(nowMs)) return undefined;
    this.#told.delete(key);
    const [oldest] = this.#told.keys();
    if (this.#told.size >= MOST_KEYS && oldest !== undefined) this.#told.delete(oldest);
    this.#told.set(key, { atMs: nowMs, untold: 0 });
    const more = told === undefined || told.untold === 0 ? "" : ` (and ${told.untold} times more before)`;
    return `${address} was turned away: ${why}${more}`;
  }
}

/** Why, in words for the admin. */
export const REFUSALS = {
  tooFast: "too many new connections from this address",
  tooMany: "it showed no token, and newer connections needed its place",
  slow: "it did not finish its opening handshake in time",
  noUpgrade: "it did not request a WebSocket connection",
  noHttp:
    "what it sent is no HTTP request: does the agent use wss://, where agents.websocket has no tls, or is it no agent?",
  noProtocol: "it does not offer the subprotocol ballast.guest.v1: is it a Ballast agent?",
  noToken: "it shows no token: start the agent with --token-file",
  wrongToken: "its token is not known: issue one with `ballast agent token GUEST`",
  tls: "no TLS connection came about: does the agent use wss://, and does it trust the certificate?",
} as const;

/** A valid token for a guest that is not managed. */
export function unmanaged(guest: string): string {
  return `its token is for "${guest}", and no guest of this name is managed: add it to ballastd.yaml, or revoke the token`;
}

/** A valid token that connects too often. */
export function tooOften(guest: string): string {
  return `the agent of "${guest}" connects too often`;
}
