/** Whether the guest has a balloon driver. `balloon` succeeds without one, so it follows from what only a driver can do. Pure. */

/** A guest whose driver has shown no sign for this long after its boot has none. */
export const BOOT_WINDOW_MS = 120_000;

/** QEMU sends at most one `BALLOON_CHANGE` a second (monitor/monitor.c, `monitor_qapi_event_conf`). */
const EVENT_HELD_BACK_MS = 1_200;

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
  /**
   * Reset, and not moved by a driver since: QEMU goes on telling the size of before (`virtio_balloon_device_reset` leaves
   * `actual` alone), though a booting guest has all of its memory.
   */
  readonly emptySinceReset: boolean;
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
  return {
    sinceMs: nowMs,
    bootedAtSeconds: 0,
    bootActualBytes: maxBytes,
    seen: false,
    emptySinceReset: false,
  };
}

/** Starts watching anew after a reset at `resetWallMs`. */
export function watchReset(nowMs: number, resetWallMs: number): DriverWatch {
  const bootedAtSeconds = Math.floor(resetWallMs / 1000);
  return {
    sinceMs: nowMs,
    bootedAtSeconds,
    // Earlier figures may be older than what QEMU keeps over the reset. The first observation after it decides.
    bootActualBytes: undefined,
    seen: false,
    emptySinceReset: true,
  };
}

/** Takes one observation into account. */
export function noteEvidence(watch: DriverWatch, evidence: DriverEvidence): DriverWatch {
  if (watch.seen && !watch.emptySinceReset) return watch;
  const bootActualBytes = watch.bootActualBytes ?? evidence.actualBytes;
  const answered = (evidence.lastUpdateSeconds ?? 0) > watch.bootedAtSeconds;
  const moved = evidence.actualBytes !== undefined && evidence.actualBytes !== bootActualBytes;
  const seen = watch.seen || answered || moved || evidence.driverOk === true;
  return { ...watch, bootActualBytes, seen, emptySinceReset: watch.emptySinceReset && !moved };
}

/** Memory was plugged or unplugged: the same balloon is told as another size, which is no sign of a driver. */
export function noteResize(watch: DriverWatch, changeBytes: number): DriverWatch {
  const { bootActualBytes } = watch;
  return bootActualBytes === undefined ? watch : { ...watch, bootActualBytes: bootActualBytes + changeBytes };
}

/** Takes a `BALLOON_CHANGE` into account; QEMU holds such events back for up to a second, also over a reset. */
export function noteChange(watch: DriverWatch, nowMs: number): DriverWatch {
  if (nowMs - watch.sinceMs < EVENT_HELD_BACK_MS) return watch;
  return { ...watch, seen: true, emptySinceReset: false };
}

/** The judgement about the driver at `nowMs`. */
export function driverState(
  watch: DriverWatch,
  nowMs: number,
  bootWindowMs: number = BOOT_WINDOW_MS,
): DriverState {
  if (watch.seen) return "present";
  return nowMs - watch.sinceMs < bootWindowMs ? "booting" : "absent";
}
