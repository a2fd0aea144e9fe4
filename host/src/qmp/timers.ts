/** Time as the QMP client needs it; injected so that tests can move it by hand. */
export interface Timers {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Calls `run` once after `delayMs`; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's own clock and timers. */
export function systemTimers(): Timers {
  return {
    nowMs: () => performance.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
