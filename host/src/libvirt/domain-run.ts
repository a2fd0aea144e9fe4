/** What is known of a running domain's balloon from one observation to the next: its boot, its driver, its sizes. No I/O. */

import {
  type DriverWatch,
  noteChange,
  noteEvidence,
  noteResize,
  watchFoundGuest,
  watchReset,
} from "../balloon/driver-detector.ts";
import { advanceStatsClock, type StatsClock, statsAreFresh } from "../balloon/stats-clock.ts";
import type { Clock, MonitorFacts } from "../model/adapters.ts";
import type { BalloonFacts } from "../model/guest.ts";
import type { DriverStats } from "./facts.ts";

/** libvirt tells of one reset three times, within some milliseconds; no guest boots as often. */
const SAME_RESET_MS = 1_000;
/** As in `qemu/guest-monitor.ts`: after memory came or went, what the guest told before is of another size. */
const HOTPLUG_REST_MS = 10_000;
/** libvirt learns a size from `BALLOON_CHANGE`, which QEMU sends at most once a second: so long after a command it may be an old one. */
const MOVE_SETTLED_MS = 3_000;
/** A balloon this much above the guest's size is no rounding. */
const SIZE_SLACK_BYTES = 1024 * 1024;

export class DomainRun {
  readonly #clock: Clock;
  #driver: DriverWatch | undefined;
  #stats: StatsClock | undefined;
  #fullBytes: number | undefined;
  #targetBytes: number | undefined;
  #targetAtMs = Number.NEGATIVE_INFINITY;
  #resetAtMs = Number.NEGATIVE_INFINITY;
  #memoryChangedAtMs = Number.NEGATIVE_INFINITY;
  #boot = {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Which boot it is: another object after each reset. */
  get boot(): object {
    return this.#boot;
  }

  get driver(): DriverWatch {
    return this.#driver ?? watchFoundGuest(this.#clock.nowMs(), this.#fullBytes);
  }

  /** The domain is looked at: from now on its driver is watched. */
  begin(fullBytes: number): void {
    this.#fullBytes ??= fullBytes;
    this.#driver ??= watchFoundGuest(this.#clock.nowMs(), fullBytes);
  }

  /** A new boot begins, which QEMU's figures say nothing about; whether it is news. */
  reset(): boolean {
    const nowMs = this.#clock.nowMs();
    const isNews = nowMs - this.#resetAtMs >= SAME_RESET_MS;
    this.#resetAtMs = nowMs;
    this.#driver = watchReset(nowMs, this.#clock.wallMs());
    if (isNews) this.#boot = {};
    return isNews;
  }

  noteTarget(targetBytes: number): void {
    this.#targetBytes = targetBytes;
    this.#targetAtMs = this.#clock.nowMs();
  }

  /** Whether the balloon may be on its way to our target: libvirt then knows only where it was up to a second ago. */
  isMoving(actualBytes: number | undefined): boolean {
    if (this.#targetBytes === undefined || actualBytes === undefined) return false;
    const isAway = Math.abs(this.#targetBytes - actualBytes) > SIZE_SLACK_BYTES;
    return isAway || this.#clock.nowMs() - this.#targetAtMs < MOVE_SETTLED_MS;
  }

  /** What is in the balloon stays there when memory comes or goes, so sizes and targets move by as much as the memory. */
  noteSize(fullBytes: number): void {
    const changeBytes = fullBytes - (this.#fullBytes ?? fullBytes);
    this.#fullBytes = fullBytes;
    if (changeBytes === 0) return;
    this.#memoryChangedAtMs = this.#clock.nowMs();
    if (this.#targetBytes !== undefined) this.#targetBytes += changeBytes;
    if (this.#driver !== undefined) this.#driver = noteResize(this.#driver, changeBytes);
  }

  noteEvidence(actualBytes: number | undefined, lastUpdateSeconds: number | undefined): void {
    this.#driver = noteEvidence(this.driver, { actualBytes, lastUpdateSeconds });
  }

  /** The balloon moved; whether the size can be believed. */
  noteChange(actualBytes: number): boolean {
    if (actualBytes > (this.#fullBytes ?? actualBytes) + SIZE_SLACK_BYTES) return false;
    this.#driver = noteChange(this.driver, this.#clock.nowMs());
    return !this.#driver.emptySinceReset;
  }

  /** Whether memory came or went a moment ago. */
  isHotplugged(nowMs: number): boolean {
    return nowMs - this.#memoryChangedAtMs < HOTPLUG_REST_MS;
  }

  /** libvirt, as QEMU, goes on telling the size of before a reset, though a booting guest has all of its memory. */
  balloon(actualBytes: number, observedAtMs: number): BalloonFacts {
    const isEmpty = this.driver.emptySinceReset && this.#fullBytes !== undefined;
    return {
      actualBytes: isEmpty ? (this.#fullBytes ?? actualBytes) : actualBytes,
      observedAtMs,
      ...(this.#targetBytes !== undefined && { targetBytes: this.#targetBytes }),
    };
  }

  /** The driver's statistics where they are of this boot, of this size, and not old. */
  freshStats(stats: DriverStats | undefined, periodSeconds: number): Pick<MonitorFacts, "stats"> {
    if (stats === undefined) return {};
    const nowMs = this.#clock.nowMs();
    const clock = advanceStatsClock(this.#stats, stats.lastUpdateSeconds, nowMs, this.#clock.wallMs());
    this.#stats = clock;
    const isOfThisRun =
      stats.lastUpdateSeconds > this.driver.bootedAtSeconds && clock.updatedAtMs > this.#memoryChangedAtMs;
    if (!isOfThisRun || !statsAreFresh(clock, periodSeconds, nowMs)) return {};
    return { stats: { ...stats.values, updatedAtMs: clock.updatedAtMs } };
  }
}
