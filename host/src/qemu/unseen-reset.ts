/** Whether the guest was reset while the monitor was not connected. It follows from what only a reset does. Pure. */

/** Statistics that are missed this many times in a row have stopped. */
const MISSED_INTERVALS = 3;
/** QEMU tells the time of the last answer in whole seconds. */
const RESOLUTION_MS = 1_000;

/** The result of one observation. */
export interface ResetSigns {
  readonly isRunning: boolean;
  /** The virtio device's DRIVER_OK bit; absent where QEMU (before 7.2) does not tell. */
  readonly driverOk?: boolean | undefined;
  /** When the driver last answered, seconds on the host's wall clock. */
  readonly lastUpdateSeconds?: number | undefined;
  /** A counter of the guest's kernel, which begins at 0 with each boot. */
  readonly majorFaultsTotal?: number | undefined;
  /** How often the driver is asked; 0: never. */
  readonly pollingSeconds: number;
}

/** What was seen since the guest's boot, as far as it is known. */
export interface ResetWatch {
  readonly wasDriverOk: boolean;
  readonly lastUpdateSeconds?: number | undefined;
  readonly majorFaultsTotal?: number | undefined;
  /** When the driver was last known to answer, or was not expected to, on the broker's clock. */
  readonly liveAtMs: number;
}

/** The watch with one more look, and whether that look shows a reset. */
export function watchForReset(
  before: ResetWatch | undefined,
  signs: ResetSigns,
  nowMs: number,
): { readonly watch: ResetWatch; readonly isReset: boolean } {
  const { driverOk, lastUpdateSeconds, majorFaultsTotal } = signs;
  const isLive = !signs.isRunning || lastUpdateSeconds !== before?.lastUpdateSeconds;
  const watch: ResetWatch = {
    wasDriverOk: driverOk === true,
    lastUpdateSeconds,
    majorFaultsTotal,
    liveAtMs: before === undefined || isLive ? nowMs : before.liveAtMs,
  };
  if (before === undefined) return { watch, isReset: false };
  const isDriverGone = before.wasDriverOk && driverOk === false;
  const isCountedAnew = (majorFaultsTotal ?? Number.POSITIVE_INFINITY) < (before.majorFaultsTotal ?? 0);
  const isReset = isDriverGone || isCountedAnew || hasGoneSilent(watch, signs, nowMs);
  // Nothing of the last boot is kept: the same silence must not count as a second reset.
  return isReset ? { watch: { wasDriverOk: false, liveAtMs: nowMs }, isReset } : { watch, isReset };
}

/** Where QEMU tells of the driver, its silence alone is no reset: the guest may be too busy to answer. */
function hasGoneSilent(watch: ResetWatch, { driverOk, pollingSeconds }: ResetSigns, nowMs: number): boolean {
  if (driverOk === true || pollingSeconds === 0 || watch.lastUpdateSeconds === undefined) return false;
  return nowMs - watch.liveAtMs > MISSED_INTERVALS * pollingSeconds * 1000 + RESOLUTION_MS;
}
