/** The log about one guest's channel, at a bounded rate: a guest must not be able to fill the log. */
import type { Hello } from "@ballast/proto";
import { TokenBucket } from "../timing/token-bucket.ts";

/** One warning of a kind in this time. */
const WARNING_INTERVAL_MS = 60_000;
/** The rate of all lines together: a burst, then one line in ten seconds. */
const LINES_PER_SECOND = 0.1;
const LINES_BURST = 10;

export type WarningKind =
  | "version"
  | "report"
  | "demand"
  | "unreadable"
  | "limited"
  | "noise"
  | "superseded"
  | "other-channel";

export interface Tell {
  readonly kind: "tell";
  readonly level: "info" | "warn";
  readonly text: string;
}

export class RateLimitedLog {
  readonly #lines = new TokenBucket(LINES_PER_SECOND, LINES_BURST);
  readonly #warnedAtMs = new Map<WarningKind, number>();

  /** Logs a line, unless there were too many lately. */
  say(level: "info" | "warn", text: string, nowMs: number): Tell[] {
    return this.#lines.take(nowMs) ? [{ kind: "tell", level, text }] : [];
  }

  /** Logs a warning that is likely to repeat, at most once a minute. */
  warn(kind: WarningKind, text: string, nowMs: number): Tell[] {
    const warnedAtMs = this.#warnedAtMs.get(kind) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - warnedAtMs < WARNING_INTERVAL_MS) return [];
    this.#warnedAtMs.set(kind, nowMs);
    return this.say("warn", text, nowMs);
  }
}

/** The agent as it named itself; the codec made the texts harmless. */
export function agentName({ agentVersion, os, osVersion }: Hello): string {
  const system = [os, osVersion].filter((part) => part !== undefined).join(" ");
  return `agent ${agentVersion ?? "of unknown version"}${system === "" ? "" : ` on ${system}`}`;
}
