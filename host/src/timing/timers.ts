/** Time as the QMP client needs it; injected so that tests can move it by hand. */
export interface Timers {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Calls `run` once after `delayMs`; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
}

/**
 * The machine's own clock and timers. What falls due runs only after waiting input was read: when the process itself was held
 * up, an answer that had long arrived must not be taken for missing.
 */
export function systemTimers(): Timers {
  return {
    nowMs: () => performance.now(),
    after: (delayMs, run) => {
      let due: NodeJS.Immediate | undefined;
      const timer = setTimeout(() => {
        due = setImmediate(run);
      }, delayMs);
      return () => {
        clearTimeout(timer);
        clearImmediate(due);
      };
    },
  };
}
