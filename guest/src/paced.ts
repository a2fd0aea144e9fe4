/** Limits how often a task runs that others cause. */

export interface PacedOptions {
  readonly task: () => void;
  /** Between one run and the next. */
  readonly gapMs: number;
  readonly nowMs: () => number;
  /** Runs a task once after some milliseconds. */
  readonly after: (ms: number, task: () => void) => void;
}

/** Runs the task at once after a pause, else when the gap is over; however often it is called meanwhile, it runs once. */
export function paced({ task, gapMs, nowMs, after }: PacedOptions): () => void {
  let ranAtMs = Number.NEGATIVE_INFINITY;
  let isDue = false;
  const run = () => {
    isDue = false;
    ranAtMs = nowMs();
    task();
  };
  return () => {
    if (isDue) return;
    const waitMs = ranAtMs + gapMs - nowMs();
    if (waitMs <= 0) return run();
    isDue = true;
    after(waitMs, run);
  };
}
