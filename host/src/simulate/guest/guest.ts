/** One simulated guest: its boots, and within a boot its kernel, programs and balloon. */
import { MIB } from "../../model/bytes.ts";
import type { GuestPlan, Phase } from "../scenario.ts";
import { Balloon } from "./balloon.ts";
import { Kernel } from "./kernel.ts";
import { Programs } from "./programs.ts";
import { Resident } from "./resident.ts";

/** From power-on to programs that run. */
const BOOT_MS = 12_000;
/** From power-on to the balloon driver. */
const DRIVER_AFTER_MS = 2_500;
/** A kernel without a page to give tries this long before it kills. */
const KILL_AFTER_MS = 60;
/** A service manager starts again what was killed. */
const RESTART_MS = 30_000;
/** Running for long when the world begins. */
const LONG_AGO_MS = 24 * 3600_000;
/** What QEMU holds beside its guest's memory (KVM). */
const OVERHEAD_BYTES = 64 * MIB;

/** Sums since the measured time began. */
export interface Work {
  /** Milliseconds of busy time, and of them what was worked at full speed. */
  busyMs: number;
  doneMs: number;
  kills: number;
}

export class Guest {
  readonly plan: GuestPlan;
  readonly overheadBytes: number;
  kernel: Kernel;
  programs: Programs;
  balloon: Balloon;
  resident: Resident;
  /** Power-on; absent: not running. */
  bootedAtMs: number | undefined;
  readonly work: Work = { busyMs: 0, doneMs: 0, kills: 0 };
  /** Less than 1 while the host swaps. */
  hostSpeed = 1;
  #atMs = 0;
  #phase = 0;
  #starvedMs = 0;
  #downUntilMs = Number.NEGATIVE_INFINITY;

  constructor(plan: GuestPlan) {
    this.plan = plan;
    this.overheadBytes = overheadBytes(plan);
    this.kernel = new Kernel(plan);
    this.programs = new Programs(plan.missUs, plan.hitUs);
    this.balloon = new Balloon(plan.driver, plan.os, plan.fullBytes);
    this.resident = new Resident(plan.freePageReporting, 0);
  }

  get phase(): Phase {
    const phase = this.plan.phases[this.#phase];
    if (phase === undefined) throw new RangeError(`guest ${this.plan.name} has no phases`);
    return phase;
  }

  get isRunning(): boolean {
    return this.bootedAtMs !== undefined;
  }

  isUp(nowMs: number): boolean {
    return this.bootedAtMs !== undefined && nowMs - this.bootedAtMs >= BOOT_MS;
  }

  driverAnswers(nowMs: number): boolean {
    const { bootedAtMs } = this;
    return bootedAtMs !== undefined && nowMs - bootedAtMs >= DRIVER_AFTER_MS && this.balloon.answers;
  }

  /** Runs since long ago at `sizeBytes`, with all that it wants in memory. */
  settle(sizeBytes: number): void {
    const { plan, kernel } = this;
    this.bootedAtMs = -LONG_AGO_MS;
    const needs =
      kernel.fixedBytes +
      kernel.reservedBytes +
      this.phase.anonBytes +
      this.phase.hotBytes +
      2 * kernel.watermarkBytes;
    const bytes =
      plan.driver.kind === "working" ? Math.min(plan.fullBytes, Math.max(sizeBytes, needs)) : plan.fullBytes;
    kernel.balloonBytes = plan.fullBytes - bytes;
    this.balloon.targetBytes = bytes;
    this.programs.settle(kernel, this.phase);
    const stale = Math.min(plan.staleCacheBytes, Math.max(0, kernel.freeBytes - 2 * kernel.watermarkBytes));
    if (plan.staleCacheActive) kernel.staleBytes = stale;
    else kernel.coldBytes = stale;
    this.resident.bytes = kernel.touchedBytes;
  }

  /** Power-on: all that was in memory is gone, and the balloon is empty. */
  boot(nowMs: number): void {
    const { plan } = this;
    this.kernel = new Kernel(plan);
    this.programs = new Programs(plan.missUs, plan.hitUs);
    const { targetBytes } = this.balloon;
    this.balloon = new Balloon(plan.driver, plan.os, plan.fullBytes);
    this.balloon.targetBytes = this.isRunning ? targetBytes : plan.fullBytes;
    this.resident = new Resident(plan.freePageReporting, 0);
    this.bootedAtMs = nowMs;
    this.#atMs = nowMs;
    this.#starvedMs = 0;
    this.#downUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** Power-off, by the host's own OOM killer. */
  shutDown(): void {
    this.work.kills += 1;
    this.bootedAtMs = undefined;
    this.kernel = new Kernel(this.plan);
    this.resident = new Resident(this.plan.freePageReporting, 0);
  }

  /** Lets time pass until `nowMs`: each moment in the phase that it belongs to. */
  advance(nowMs: number): void {
    while (this.#atMs < nowMs) {
      const untilMs = Math.min(nowMs, this.plan.phases[this.#phase + 1]?.fromMs ?? nowMs);
      if (untilMs > this.#atMs) this.#live(untilMs);
      this.#choosePhase(untilMs);
    }
  }

  #live(untilMs: number): void {
    const elapsedMs = untilMs - this.#atMs;
    this.#atMs = untilMs;
    if (!this.isRunning) {
      this.#count(elapsedMs, 0);
      return;
    }
    const { kernel, balloon } = this;
    if (this.driverAnswers(untilMs)) balloon.advance(kernel, untilMs, elapsedMs);
    if (this.isUp(untilMs) && untilMs >= this.#downUntilMs) this.#work(untilMs, elapsedMs);
    else this.#count(elapsedMs, 0);
    this.resident.advance(kernel.touchedBytes, kernel.sizeBytes - kernel.reservedBytes, elapsedMs);
  }

  /** Milliseconds in which nothing can happen that matters. */
  calmMs(nowMs: number): number {
    if (!this.isRunning) return 1_000;
    const { kernel, balloon, phase } = this;
    const next = this.plan.phases[this.#phase + 1];
    let ms = next === undefined ? CALM_MS : Math.min(CALM_MS, Math.max(1, next.fromMs - nowMs));
    if (!this.isUp(nowMs)) return Math.min(ms, 250);
    if (balloon.isMoving(kernel)) ms = Math.min(ms, MOVING_MS);
    const wantedBytes = phase.anonBytes - kernel.anonBytes - kernel.swappedBytes;
    if (wantedBytes > 0) ms = Math.min(ms, growingMs(kernel, phase));
    if (phase.readsPerSecond > 0 && kernel.hotBytes < phase.hotBytes * 0.999) ms = Math.min(ms, FILLING_MS);
    return ms;
  }

  /** Until when nothing moves in the guest by itself; absent: something does. */
  stillUntilMs(nowMs: number): number | undefined {
    const { kernel, balloon, phase } = this;
    if (!this.isUp(nowMs) || nowMs < this.#downUntilMs || balloon.isMoving(kernel)) return undefined;
    const isReading = phase.readsPerSecond > 0 && kernel.hotBytes < phase.hotBytes;
    const isTouching = phase.anonBytes !== kernel.anonBytes || kernel.swappedBytes > 0;
    if (isReading || isTouching || phase.streamBytesPerSecond > 0) return undefined;
    return this.plan.phases[this.#phase + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
  }

  #choosePhase(nowMs: number): void {
    const { phases } = this.plan;
    for (;;) {
      const next = phases[this.#phase + 1];
      if (next === undefined || next.fromMs > nowMs) return;
      this.#phase += 1;
    }
  }

  #work(nowMs: number, elapsedMs: number): void {
    const { starvedShare, speed } = this.programs.advance(this.kernel, this.phase, elapsedMs);
    this.#count(elapsedMs, speed * this.hostSpeed);
    // A program that got a page in between has been without one only since then.
    this.#starvedMs = elapsedMs * starvedShare + (starvedShare === 1 ? this.#starvedMs : 0);
    if (this.#starvedMs >= KILL_AFTER_MS && !this.balloon.isReturning(this.kernel)) this.#outOfMemory(nowMs);
  }

  /** The balloon gives pages where it may (`deflate-on-oom`); else the biggest program dies. */
  #outOfMemory(nowMs: number): void {
    const { kernel } = this;
    if (this.plan.deflateOnOom && this.driverAnswers(nowMs) && kernel.balloonBytes > 0) {
      kernel.balloonBytes -= Math.min(kernel.balloonBytes, OOM_DEFLATE_BYTES);
      // The driver does not go for its target again before it is told one.
      this.balloon.targetBytes = kernel.sizeBytes;
      return;
    }
    this.programs.kill(kernel);
    this.work.kills += 1;
    this.#downUntilMs = nowMs + RESTART_MS;
    this.#starvedMs = 0;
  }

  #count(elapsedMs: number, speed: number): void {
    if (!this.phase.busy) return;
    this.work.busyMs += elapsedMs;
    this.work.doneMs += elapsedMs * speed;
  }
}

const CALM_MS = 2_000;
const MOVING_MS = 40;
const FILLING_MS = 200;
/** One call of the OOM notifier frees a mebibyte, and the kernel calls it again at once: what that comes to in a step. */
const OOM_DEFLATE_BYTES = 64 * MIB;

/** While programs grow: a part of the time in which nothing would be left. */
function growingMs(kernel: Kernel, phase: Phase): number {
  const leftMs = (kernel.availableBytes * 1000) / Math.max(1, phase.touchBytesPerSecond);
  return Math.min(500, Math.max(10, leftMs / 4));
}

/** What a guest's QEMU holds beside its memory. */
export function overheadBytes(plan: Pick<GuestPlan, "overheadBytes">): number {
  return plan.overheadBytes ?? OVERHEAD_BYTES;
}
