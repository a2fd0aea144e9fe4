/** What the broker keeps of one guest between ticks: its newest facts, each with one owner, its monitor and its agent channel. */

import type { AgentLink, GuestMonitor, MonitorFacts } from "../model/adapters.ts";
import type { GuestLimits, GuestReport, ManualTarget, ProcessMemory } from "../model/guest.ts";
import type { GuestEntry } from "../model/inventory.ts";
import { GuestBalloon } from "./guest-balloon.ts";
import { GuestBoot } from "./guest-boot.ts";
import { resolveLimits } from "./limits.ts";

/** Something wrong with a guest, in words. */
export interface GuestProblem {
  /** Only one problem with the same key at a time. */
  readonly key: string;
  readonly level: "info" | "warn";
  readonly text: string;
  /** The event's text when the problem is over. */
  readonly over: string;
}

/** A guest that hints often must not make the broker observe it as often. */
const MEMORY_DOUBT_MS = 1_000;

export class GuestRecord {
  readonly monitor: GuestMonitor;
  readonly agent: AgentLink | undefined;
  readonly balloon = new GuestBalloon();
  readonly boot: GuestBoot;
  /** On the broker's clock. */
  readonly managedSinceMs: number;
  #entry: GuestEntry;
  #monitorFacts: MonitorFacts = { inhibitions: ["unreachable"] };
  #connected = false;
  /** The connection was lost since the process behind it was last known: another process may be there now. */
  #isProcessUnsure = false;
  #processMemory: ProcessMemory | undefined;
  #processId: number | undefined;
  #manual: ManualTarget | undefined;
  #problems: readonly GuestProblem[] = [];
  #blindSinceMs: number | undefined;
  #unseenSinceMs: number | undefined;
  #isObserved = false;
  #memoryDoubtedAtMs = Number.NEGATIVE_INFINITY;

  constructor(entry: GuestEntry, monitor: GuestMonitor, agent: AgentLink | undefined, nowMs: number) {
    this.#entry = entry;
    this.monitor = monitor;
    this.agent = agent;
    this.boot = new GuestBoot(nowMs);
    this.managedSinceMs = nowMs;
  }

  get entry(): GuestEntry {
    return this.#entry;
  }

  get monitorFacts(): MonitorFacts {
    return this.#monitorFacts;
  }

  /** Whether QEMU's monitor is connected. */
  get connected(): boolean {
    return this.#connected;
  }

  get processMemory(): ProcessMemory | undefined {
    return this.#processMemory;
  }

  /** QEMU's process, as last seen. */
  get processId(): number | undefined {
    return this.#processId;
  }

  get manual(): ManualTarget | undefined {
    return this.#manual;
  }

  /** What is wrong with the guest, the worst first. */
  get problems(): readonly GuestProblem[] {
    return this.#problems;
  }

  /** Since when no figure tells what the guest needs. */
  get blindSinceMs(): number | undefined {
    return this.#blindSinceMs;
  }

  /** Since when its QEMU answers but its process is not found. */
  get unseenSinceMs(): number | undefined {
    return this.#unseenSinceMs;
  }

  /** An observation of its QEMU is under way. */
  get isObserved(): boolean {
    return this.#isObserved;
  }

  /** A reload changed its settings and left its sockets as they are. */
  changeEntry(entry: GuestEntry): void {
    this.#entry = entry;
  }

  /** Sets the manual target; undefined: ends it. */
  setManual(manual: ManualTarget | undefined): void {
    this.#manual = manual;
  }

  /** The manual target, while its time lasts. */
  manualTarget(nowMs: number): ManualTarget | undefined {
    const { untilMs = Number.POSITIVE_INFINITY } = this.#manual ?? {};
    return nowMs < untilMs ? this.#manual : undefined;
  }

  /** Its balloon is not driven: so the admin or the platform says. */
  get isLeftAlone(): boolean {
    return this.#entry.leftAlone !== undefined || this.#entry.shares === 0;
  }

  /** The guest's limits in bytes; undefined until QEMU reported its size. */
  limits(): (GuestLimits & { readonly fullBytes: number }) | undefined {
    const fullBytes = this.#monitorFacts.maxBytes;
    if (fullBytes === undefined) return undefined;
    const limits = resolveLimits(this.#entry, fullBytes);
    return { ...limits, ...(this.isLeftAlone && { shares: 0 }), fullBytes };
  }

  /** When something last hinted that memory was plugged or unplugged. */
  get memoryDoubtedAtMs(): number {
    return this.#memoryDoubtedAtMs;
  }

  /** Runs one observation; a second one does not begin meanwhile. */
  async observing(observe: () => Promise<void>): Promise<void> {
    this.#isObserved = true;
    try {
      await observe();
    } finally {
      this.#isObserved = false;
    }
  }

  /** Takes in what QEMU reported. The guest's size stays known while its monitor does not answer. */
  tookFacts(facts: MonitorFacts, nowMs: number): void {
    const before = this.#monitorFacts.maxBytes;
    const maxBytes = facts.maxBytes ?? before;
    if (before !== undefined && maxBytes !== undefined && maxBytes !== before)
      this.balloon.resized(maxBytes - before, nowMs);
    this.#monitorFacts = { ...facts, ...(maxBytes !== undefined && { maxBytes }) };
  }

  /** Something hints that memory was plugged or unplugged. Returns false if the last hint was too recent to observe again. */
  doubtedMemory(nowMs: number): boolean {
    if (nowMs - this.#memoryDoubtedAtMs < MEMORY_DOUBT_MS) return false;
    this.#memoryDoubtedAtMs = nowMs;
    return true;
  }

  /** The observation failed in a way that no adapter handles. */
  failedToObserve(problem: string): void {
    this.#monitorFacts = { ...this.#monitorFacts, inhibitions: ["unreachable"], problem };
  }

  /** Its merging was switched. Without this, QEMU's last reply would look like another program's change. */
  switchedMerging(on: boolean): void {
    const { merging } = this.#monitorFacts;
    if (merging !== undefined) this.#monitorFacts = { ...this.#monitorFacts, merging: { ...merging, on } };
  }

  /** Takes in the process's memory. Returns true for a new process: the guest was stopped and started, which is a new boot. */
  tookProcess(memory: ProcessMemory | undefined, nowMs: number): boolean {
    const before = this.#processId;
    const now = memory?.processId;
    this.#processMemory = memory;
    const isUnseen = memory === undefined && this.#connected;
    this.#unseenSinceMs = isUnseen ? (this.#unseenSinceMs ?? nowMs) : undefined;
    if (now !== undefined) this.#processId = now;
    const isAnother = before !== undefined && now !== undefined && before !== now;
    const isUnsure = this.#isProcessUnsure && this.#connected && (before === undefined || now === undefined);
    if (this.#connected) this.#isProcessUnsure = false;
    if (!isAnother && !isUnsure) return false;
    if (now === undefined) this.#processId = undefined;
    this.bootedAnew(nowMs);
    return isAnother;
  }

  /** The connection to QEMU was lost or came back: another process may be there now, to which nothing was sent. */
  connectionChanged(connected: boolean, nowMs: number): void {
    this.#connected = connected;
    if (connected) {
      this.balloon.doubtSize(nowMs);
      return;
    }
    this.#isProcessUnsure = true;
    this.balloon.disconnected();
  }

  /** The guest boots anew. */
  bootedAnew(atMs: number): void {
    this.boot.begin(atMs);
    this.balloon.bootedAnew();
  }

  /** A session of the agent began. Another boot than before shows, while QEMU cannot be reached, that the guest was started anew. */
  heardBoot(bootId: string, nowMs: number): void {
    const isAnother = this.boot.heardBoot(bootId);
    if (isAnother && !this.#connected) this.balloon.doubtSize(nowMs);
  }

  /** QEMU reported a reset. Returns false for a second event of the same reset. */
  wasReset(atMs: number): boolean {
    this.balloon.bootedAnew();
    return this.boot.reset(atMs);
  }

  /** Takes in a report. Returns false if it is from a boot that is over. */
  heard(report: GuestReport): boolean {
    const heard = this.boot.heard(report);
    if (heard === "new-boot") this.balloon.bootedAnew();
    return heard !== "past";
  }

  /** Whether any figure tells what the guest needs. */
  sawBlindness(isBlind: boolean, nowMs: number): void {
    this.#blindSinceMs = isBlind ? (this.#blindSinceMs ?? nowMs) : undefined;
  }

  /** Sets what is wrong with the guest. */
  foundProblems(problems: readonly GuestProblem[]): void {
    this.#problems = problems;
  }
}
