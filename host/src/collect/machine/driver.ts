/** Is there a balloon driver in the guest? `balloon` succeeds without one, so it is told by what only a driver can do; pure. */

/** A guest whose driver has shown no sign for this long after its boot has none. */
export const BOOT_WINDOW_MS = 120_000;

export type DriverState = "present" | "booting" | "absent";

/** What is known of the driver since the guest's boot. */
export interface DriverWatch {
  /** Since when it is watched, on the broker's clock. */
  readonly sinceMs: number;
  /** Answers up to this second of the host's wall clock are from before the boot. */
  readonly bootedAtSeconds: number;
  /** The balloon's size at the boot: QEMU keeps it over a reset, only a driver changes it. */
  readonly bootActualBytes: number | undefined;
  readonly seen: boolean;
}

/** Signs of life of one observation. */
export interface DriverEvidence {
  readonly actualBytes?: number | undefined;
  readonly lastUpdateSeconds?: number | undefined;
  /** The virtio device's DRIVER_OK bit, where QEMU tells. */
  readonly driverOk?: boolean | undefined;
}

/** Starts watching a guest found running: a balloon below its full size was moved by a driver. */
export function watchFoundGuest(nowMs: number, maxBytes: number | undefined): DriverWatch {
  return { sinceMs: nowMs, bootedAtSeconds: 0, bootActualBytes: maxBytes, seen: false };
}

/** Starts watching anew after a reset at `resetWallMs`. */
export function watchReset(nowMs: number, resetWallMs: number, actualBytes: number | undefined): DriverWatch {
  const bootedAtSeconds = Math.floor(resetWallMs / 1000);
  return { sinceMs: nowMs, bootedAtSeconds, bootActualBytes: actualBytes, seen: false };
}

/** Takes one observation into account. */
export function noteEvidence(watch: DriverWatch, evidence: DriverEvidence): DriverWatch {
  if (watch.seen) return watch;
  const bootActualBytes = watch.bootActualBytes ?? evidence.actualBytes;
  const answered = (evidence.lastUpdateSeconds ?? 0) > watch.bootedAtSeconds;
  const moved = evidence.actualBytes !== undefined && evidence.actualBytes !== bootActualBytes;
  return { ...watch, bootActualBytes, seen: answered || moved || evidence.driverOk === true };
}

/** What to think of the driver at `nowMs`. */
export function driverState(
  watch: DriverWatch,
  nowMs: number,
  bootWindowMs: number = BOOT_WINDOW_MS,
): DriverState {
  if (watch.seen) return "present";
  return nowMs - watch.sinceMs < bootWindowMs ? "booting" : "absent";
}
