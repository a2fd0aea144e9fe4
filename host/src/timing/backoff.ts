export const FIRST_PAUSE_MS = 250;

export const LONGEST_PAUSE_MS = 5_000;

/** Pause before attempt number `failures` + 1: doubling from 250 ms to 5 s, less up to half of it by `random` (0…1). */
export function pauseMs(failures: number, random: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
  return full * (1 - random / 2);
}
