/** The agent inside a simulated guest: samples, judges, reports and calls, at the real agent's pace. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { GuestDemand, GuestReport, Pressure } from "../../model/guest.ts";
import { DEFAULT_TUNING } from "../../model/settings.ts";
import type { Guest } from "../guest/guest.ts";
import type { Kernel } from "../guest/kernel.ts";
import { type Call, type Finding, intervalMs, wantedCall } from "./call.ts";
import { CounterReader, type Reading } from "./counter-reader.ts";
import { CallGate } from "./gate.ts";
import { GrowthWatch } from "./growth-watch.ts";
import { PressureSense } from "./pressure.ts";

/** The broker asks for four heartbeats before a report is stale; a sample that is nearly one counts. */
const HEARTBEAT_MS = DEFAULT_TUNING.staleAfterMs / 4 - 100;
const SHORTEST_GAP_MS = 100;
const SIGNIFICANT_BYTES = 4 * 1024 * 1024;
const SIGNIFICANT_SHARE = 0.02;
/** One processor of a server touching fresh pages. */
const TOUCH_BYTES_PER_SECOND = 2 * GIB;
/** A guest whose balloon is empty can get nothing by calling: it need not look more often than this asks for. */
const ASSUMED_BYTES_PER_SECOND = 256 * MIB;
const NOTICE_MS = 1_000;
const SLOWEST_INFLATION_BYTES_PER_MS = 100_000;
const LONGEST_NOTICE_MS = 30_000;
/** A liar leaves itself this much. */
const LIE_AVAILABLE_SHARE = 0.01;

/** What one sample leads to. */
export interface Heard {
  readonly nextMs: number;
  readonly report: GuestReport | undefined;
  readonly demand: GuestDemand | undefined;
}

/** What the last report said, as far as the next one depends on it. */
interface Reported {
  readonly atMs: number;
  readonly availableBytes: number;
  readonly pressure: Pressure;
  readonly oomKills: number;
}

/** One guest's agent during one boot. */
export class SimulatedAgent {
  readonly #guest: Guest;
  readonly #bootedAtMs: number;
  readonly #touchBytesPerSecond: number;
  readonly #growth = new GrowthWatch();
  readonly #squeeze = new GrowthWatch();
  readonly #pressure = new PressureSense();
  readonly #gate = new CallGate();
  readonly #counters = new CounterReader();
  #sequence = 0;
  #isCalm = false;
  #inflatingUntilMs = Number.NEGATIVE_INFINITY;
  #last: Reported | undefined;

  constructor(guest: Guest, bootedAtMs: number) {
    this.#guest = guest;
    this.#touchBytesPerSecond = guest.plan.hardwareTouchBytesPerSecond ?? TOUCH_BYTES_PER_SECOND;
    this.#bootedAtMs = bootedAtMs;
  }

  /** The host announced that the balloon grows. */
  noticed(nowMs: number, inflateBytes: number): void {
    const takesMs = NOTICE_MS + inflateBytes / SLOWEST_INFLATION_BYTES_PER_MS;
    this.#inflatingUntilMs = nowMs + Math.min(LONGEST_NOTICE_MS, takesMs);
  }

  /** The host has nothing to give. */
  refused(nowMs: number): void {
    this.#gate.refused(nowMs);
  }

  /** Everything is reported anew to a host that came back. */
  reconnected(): void {
    this.#last = undefined;
  }

  /** Until when samples find no news while nothing moves in the guest; absent: the next one might. */
  get quietUntilMs(): number | undefined {
    return this.#isCalm && this.#last !== undefined ? this.#last.atMs + HEARTBEAT_MS : undefined;
  }

  sample(nowMs: number): Heard {
    const { kernel } = this.#guest;
    const counters = this.#counters.read(kernel, nowMs, this.#gate.isWaiting(nowMs));
    const finding = this.#find(kernel, counters, nowMs);
    const nextMs = intervalMs(finding);
    const honest = wantedCall(finding, nextMs);
    const call = this.#guest.plan.agent.kind === "hoarder" ? this.#greed(kernel) : honest;
    this.#gate.observe(nowMs, finding.totalBytes);
    if (call === undefined) this.#gate.settled();
    this.#isCalm = call === undefined && isCalm(finding);
    const sent = call !== undefined && this.#gate.admits(call, nowMs) ? call : undefined;
    if (sent !== undefined) this.#gate.sent(sent, nowMs, finding.totalBytes);
    const report = this.#isNews(finding, counters, nowMs)
      ? this.#report(finding, counters, nextMs, nowMs)
      : undefined;
    const wait = this.#gate.isWaiting(nowMs) ? Math.min(nextMs, 20) : nextMs;
    return { nextMs: wait, report, demand: sent && this.#demand(sent, finding, counters, nowMs) };
  }

  #find(kernel: Kernel, counters: Reading, nowMs: number): Finding {
    const { cacheBytes } = kernel;
    const isBallooned = this.#guest.plan.os === "linux" && counters.balloonBytes > 0;
    const { agent, deflateOnOom } = this.#guest.plan;
    // With deflate-on-oom the balloon is inside MemTotal, and is taken out of it as last counted.
    const sizeBytes = deflateOnOom ? kernel.fullBytes - counters.balloonBytes : kernel.sizeBytes;
    const totalBytes = sizeBytes - hiddenBytes(kernel);
    this.#growth.add(nowMs, sizeBytes - kernel.freeBytes - cacheBytes);
    this.#squeeze.add(nowMs, -sizeBytes);
    const availableBytes = agent.kind === "liar" ? totalBytes * LIE_AVAILABLE_SHARE : kernel.availableBytes;
    const pressure = this.#pressure.judge({ atMs: nowMs, availableBytes, totalBytes, cacheBytes, counters });
    return {
      availableBytes,
      totalBytes,
      pressure,
      growthBytesPerSecond: this.#growth.bytesPerSecond,
      peakBytesPerSecond: this.#growth.peakBytesPerSecond,
      squeezeBytesPerSecond: this.#squeeze.bytesPerSecond,
      helpMs: this.#gate.helpMs,
      assumedBytesPerSecond: isBallooned
        ? Math.max(ASSUMED_BYTES_PER_SECOND, this.#touchBytesPerSecond)
        : ASSUMED_BYTES_PER_SECOND,
      waiting: this.#gate.isWaiting(nowMs),
      inflating: nowMs < this.#inflatingUntilMs,
    };
  }

  #greed(kernel: Kernel): Call {
    return { level: "critical", needBytes: kernel.fullBytes };
  }

  #isNews({ availableBytes, totalBytes, pressure }: Finding, { oomKills }: Reading, nowMs: number): boolean {
    const last = this.#last;
    const sinceMs = nowMs - (last?.atMs ?? Number.NEGATIVE_INFINITY);
    const enough = Math.max(SIGNIFICANT_BYTES, totalBytes * SIGNIFICANT_SHARE);
    const isNews =
      last === undefined ||
      pressure !== last.pressure ||
      oomKills !== last.oomKills ||
      sinceMs >= HEARTBEAT_MS ||
      (sinceMs >= SHORTEST_GAP_MS && Math.abs(availableBytes - last.availableBytes) > enough);
    if (isNews) this.#last = { atMs: nowMs, availableBytes, pressure, oomKills };
    return isNews;
  }

  #demand(call: Call, finding: Finding, counters: Reading, nowMs: number): GuestDemand {
    return {
      receivedAtMs: nowMs,
      sequence: ++this.#sequence,
      level: call.level,
      needBytes: call.needBytes,
      availableBytes: Math.round(finding.availableBytes),
      ...(this.#guest.plan.os === "linux" && { balloonBytes: Math.round(counters.balloonBytes) }),
      growthBytesPerSecond: finding.growthBytesPerSecond,
    };
  }

  #report(finding: Finding, counters: Reading, nextMs: number, nowMs: number): GuestReport {
    const { kernel, plan } = this.#guest;
    const isLinux = plan.os === "linux";
    const totalBytes = plan.deflateOnOom ? kernel.fullBytes - hiddenBytes(kernel) : finding.totalBytes;
    return {
      receivedAtMs: nowMs,
      bootId: `${this.#bootedAtMs}`,
      sampledAtMs: nowMs - this.#bootedAtMs,
      totalBytes: Math.round(totalBytes),
      availableBytes: Math.round(finding.availableBytes),
      freeBytes: Math.round(kernel.freeBytes),
      cacheBytes: Math.round(kernel.cacheBytes),
      pressure: finding.pressure,
      growthBytesPerSecond: finding.growthBytesPerSecond,
      growthPeakBytesPerSecond: finding.peakBytesPerSecond,
      touchBytesPerSecond: this.#touchBytesPerSecond,
      intervalMs: nextMs,
      anonymousBytes: Math.round(kernel.anonBytes),
      watermarkReserveBytes: Math.round(kernel.watermarkBytes),
      swapTotalBytes: kernel.swapTotalBytes,
      swapFreeBytes: Math.round(kernel.swapTotalBytes - kernel.swappedBytes),
      swapInPagesTotal: Math.round(counters.swapInPages),
      majorFaultsTotal: Math.round(counters.majorFaults),
      oomKillsTotal: counters.oomKills,
      ...(this.#gate.roundTripMs !== undefined && { roundTripMs: this.#gate.roundTripMs }),
      ...(isLinux && {
        balloonBytes: Math.round(counters.balloonBytes),
        activeCacheBytes: Math.round(kernel.hotBytes + kernel.staleBytes),
        refaultFilePagesTotal: Math.round(counters.refaultPages),
        stealPagesTotal: Math.round(counters.stealPages),
        allocationStallsTotal: counters.allocationStalls,
        stallSomeUsTotal: Math.round(counters.stallUs),
      }),
    };
  }
}

/** Of a guest's memory that its kernel never shows in MemTotal: its own code and tables. */
function hiddenBytes(kernel: Kernel): number {
  return kernel.fixedBytes / 2;
}

/** Every sample of a guest that stays as it is finds the same, and the next one is due after the same time. */
function isCalm(finding: Finding): boolean {
  const { growthBytesPerSecond, squeezeBytesPerSecond, peakBytesPerSecond, pressure } = finding;
  const isStill = growthBytesPerSecond === 0 && squeezeBytesPerSecond === 0 && !finding.inflating;
  return (
    isStill && !finding.waiting && pressure === "none" && peakBytesPerSecond <= finding.assumedBytesPerSecond
  );
}
