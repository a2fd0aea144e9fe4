/** One guest in its world: what the host sees of it, and its agent's connection. */
import type { BalloonStats, GuestLimits, GuestReport, UseForecast } from "../../model/guest.ts";
import { SimulatedAgent } from "../agent/agent.ts";
import type { GuestView } from "../controller.ts";
import { Guest } from "../guest/guest.ts";
import { PAGE_BYTES } from "../guest/kernel.ts";
import type { GuestPlan } from "../scenario.ts";

/** From the end of a boot to the agent's first sample. */
const AGENT_AFTER_MS = 14_000;

/** Of a scenario's forecasts. */
const DAYS_SEEN = 7;

/** Taken before something is to happen, so that the agent sees how things were. */
const SAMPLES_BEFORE_NEWS = 2;

/** A guest, its agent, and what is known of both outside. */
export class SimulatedGuest implements GuestView {
  readonly guest: Guest;
  readonly limits: GuestLimits;
  targetBytes: number | undefined;
  stats: BalloonStats | undefined;
  report: GuestReport | undefined;
  agentConnected = false;
  /** Share of its memory that the host has swapped out. */
  swappedShare = 0;
  agent: SimulatedAgent | undefined;
  /** Steps planned for an earlier boot or before a change are void. */
  stepId = 0;
  nextSampleMs = Number.POSITIVE_INFINITY;
  #sampledMs = 0;
  #sampleEveryMs = Number.POSITIVE_INFINITY;

  constructor(plan: GuestPlan) {
    this.guest = new Guest(plan);
    this.limits = { minBytes: plan.minBytes, maxBytes: plan.fullBytes, shares: plan.shares };
  }

  get name(): string {
    return this.guest.plan.name;
  }

  get fullBytes(): number {
    return this.guest.plan.fullBytes;
  }

  get os(): "linux" | "windows" {
    return this.guest.plan.os;
  }

  get actualBytes(): number {
    return Math.round(this.guest.kernel.sizeBytes);
  }

  get bootedAtMs(): number | undefined {
    return this.guest.bootedAtMs;
  }

  get holdsBytes(): number {
    return this.guest.isRunning ? this.guest.resident.bytes + this.guest.overheadBytes : 0;
  }

  get residentBytes(): number {
    return Math.round(this.holdsBytes * (1 - this.swappedShare));
  }

  get swappedBytes(): number {
    return Math.round(this.holdsBytes * this.swappedShare);
  }

  forecastAt(nowMs: number): UseForecast | undefined {
    const found = this.guest.plan.forecasts?.find(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
    return found && { useBytes: found.useBytes, pattern: "daily", hoursSeen: DAYS_SEEN };
  }

  /** A boot begins, or the world does: what was known of the last boot is gone. */
  beginBoot(): void {
    const { bootedAtMs, plan } = this.guest;
    this.stats = undefined;
    this.report = undefined;
    this.agentConnected = false;
    this.agent = undefined;
    this.nextSampleMs = Number.POSITIVE_INFINITY;
    this.#sampleEveryMs = Number.POSITIVE_INFINITY;
    if (bootedAtMs === undefined || plan.agent.kind === "none") return;
    this.agent = new SimulatedAgent(this.guest, bootedAtMs);
    this.nextSampleMs = Math.max(0, bootedAtMs + AGENT_AFTER_MS);
  }

  /** Plans the next sample after one with the interval `everyMs`. Samples that would find nothing new are left out. */
  sampled(nowMs: number, everyMs: number): void {
    this.#sampledMs = nowMs;
    this.#sampleEveryMs = everyMs;
    const quietMs = Math.min(this.agent?.quietUntilMs ?? 0, this.guest.stillUntilMs(nowMs) ?? 0);
    const isWatched = this.guest.plan.agent.silent.length === 0;
    const leftOut = isWatched ? Math.floor((quietMs - nowMs) / everyMs) - SAMPLES_BEFORE_NEWS : 0;
    this.nextSampleMs = nowMs + everyMs * Math.max(1, leftOut);
  }

  /** Something moves from now on: the next sample is the one that would have been due. */
  stir(nowMs: number): void {
    const dueMs =
      this.#sampledMs + Math.ceil((nowMs - this.#sampledMs) / this.#sampleEveryMs) * this.#sampleEveryMs;
    if (dueMs < this.nextSampleMs) this.nextSampleMs = dueMs;
  }

  isSilent(nowMs: number): boolean {
    return this.guest.plan.agent.silent.some(({ fromMs, toMs }) => nowMs >= fromMs && nowMs < toMs);
  }

  /** The driver's answer to a poll; one that does not answer leaves what was known. */
  poll(nowMs: number): void {
    const { kernel, plan } = this.guest;
    if (!this.guest.driverAnswers(nowMs)) return;
    const isWindows = plan.os === "windows";
    const cacheBytes = Math.round(kernel.cacheBytes);
    // Windows tells available memory as free, and half of its cache on top of it as available.
    const freeBytes = Math.round(isWindows ? kernel.availableBytes : kernel.freeBytes);
    this.stats = {
      freeBytes,
      availableBytes: isWindows ? freeBytes + cacheBytes / 2 : Math.round(kernel.availableBytes),
      totalBytes: Math.round((isWindows ? kernel.fullBytes : kernel.sizeBytes) - kernel.fixedBytes / 2),
      cacheBytes,
      majorFaultsTotal: Math.round(kernel.counters.majorFaults),
      swapInBytesTotal: Math.round(kernel.counters.swapInPages) * PAGE_BYTES,
      swapOutBytesTotal: Math.round(kernel.counters.swapOutPages) * PAGE_BYTES,
      updatedAtMs: nowMs,
    };
  }
}
