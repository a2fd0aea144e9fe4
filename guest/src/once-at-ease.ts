/** What is done once, when the start is over and the guest leaves time for it. */

/** By then the session with the host is open, and what the agent does at rest was done a few times. */
export const SETTLE_AFTER_MS = 10_000;

/** To be called after every tick: runs `task` the first time that the guest is at ease after {@link SETTLE_AFTER_MS}. */
export function onceAtEase(task: () => void, isAtEase: () => boolean, nowMs: () => number): () => void {
  const startedAtMs = nowMs();
  let isDone = false;
  return () => {
    if (isDone || nowMs() - startedAtMs < SETTLE_AFTER_MS || !isAtEase()) return;
    isDone = true;
    task();
  };
}
