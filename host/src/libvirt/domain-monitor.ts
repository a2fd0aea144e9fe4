/** One domain of libvirt behind the broker's `GuestMonitor`: observed and driven through libvirt, never through QEMU's own monitor. */

import { BOOT_WINDOW_MS, driverState } from "../balloon/driver-detector.ts";
import type {
  Clock,
  GuestMonitor,
  Log,
  MonitorFacts,
  MonitorListener,
  ObserveOptions,
} from "../model/adapters.ts";
import type { LibvirtConnection } from "./connection.ts";
import { DomainRun } from "./domain-run.ts";
import { type DomainDescription, describeDomain } from "./domain-xml.ts";
import {
  actualBytes,
  asBacked,
  driverStats,
  fullBytes,
  inhibitionsOfDomain,
  isActive,
  mergingOf,
  type ProcessBacking,
  wasQemuAsked,
  withActual,
} from "./facts.ts";
import {
  currentJob,
  type Domain,
  type DomainStats,
  domainByUuid,
  domainStats,
  domainXml,
  queryActualBytes,
  setMemory,
} from "./rpc/domains.ts";
import { LibvirtError, LibvirtStoppedError, LibvirtUnsupportedError } from "./rpc/errors.ts";
import { type DomainEvent, LIFECYCLE } from "./rpc/events.ts";
import { StatsPeriod } from "./stats-period.ts";

/** Most of what changes it comes with an event; the rest, such as a change of the definition, may wait so long. */
const DESCRIPTION_AGE_MS = 60_000;
/** One observation must not delay a tick for longer. */
const LOOK_DEADLINE_MS = 1_000;
/**
 * Devices whose coming or going changes how much memory there is, by libvirt's aliases. The event of one that comes has the alias of its memory
 * instead, such as `memdimm0` (`qemuDomainAttachMemory` in `src/qemu/qemu_hotplug.c`).
 */
const MEMORY_DEVICE = /^(?:mem)?(?:dimm|nvdimm|virtiomem|virtiopmem)/;

export interface DomainMonitorOptions {
  readonly connection: LibvirtConnection;
  readonly name: string;
  readonly uuid: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly listener: MonitorListener;
  /** What the kernel tells of the QEMU process's memory and libvirt does not; absent: unknown. */
  readonly backing?: () => Promise<ProcessBacking | undefined>;
  /** State of QEMU's main thread as the kernel writes it, such as `T`; absent: not known. */
  readonly mainThread?: () => string | undefined;
  readonly lookDeadlineMs?: number;
  readonly bootWindowMs?: number;
}

/** Follows the domain at once, and until `close`. */
export function createDomainMonitor(options: DomainMonitorOptions): GuestMonitor {
  return new DomainMonitor(options);
}

class DomainMonitor implements GuestMonitor {
  readonly #options: DomainMonitorOptions;
  readonly #domain: Domain;
  readonly #period: StatsPeriod;
  readonly #unfollow: () => void;
  #run: DomainRun;
  /** What libvirt did with the domain when it was last asked. */
  #job: number | undefined;
  #description: { readonly facts: DomainDescription; readonly atMs: number } | undefined;

  constructor(options: DomainMonitorOptions) {
    this.#options = options;
    const { connection, uuid, name, clock, listener } = options;
    this.#domain = domainByUuid(uuid, name);
    this.#period = new StatsPeriod(connection, this.#domain);
    this.#run = new DomainRun(clock);
    this.#unfollow = connection.followDomain(uuid, {
      onUp: () => {
        this.#forget();
        // What happened meanwhile is not known.
        this.#run = new DomainRun(clock);
        listener.onConnection(true);
      },
      onDown: (problem) => listener.onConnection(false, problem),
      onEvent: (event) => this.#onEvent(event),
    });
    // The connection is shared and may have been there before; the listener takes it in once it knows the guest.
    queueMicrotask(() => {
      if (connection.problem === undefined) listener.onConnection(true);
    });
  }

  async observe({ readOnly = false }: ObserveOptions = {}): Promise<MonitorFacts> {
    const { connection, uuid } = this.#options;
    await connection.firstAttempt;
    if (connection.problem !== undefined) return unreachable(connection.problem);
    if (connection.isHung(uuid)) return unreachable(HUNG);
    if (this.#isStopped()) return unreachable(new LibvirtStoppedError("not looked at").inWords);
    try {
      return await this.#observe(readOnly);
    } catch (error) {
      return unreachable(this.#problemOf(error));
    }
  }

  async setTarget(targetBytes: number): Promise<void> {
    if (this.#isStopped()) throw new LibvirtStoppedError('"set memory" not sent');
    await setMemory(this.#options.connection, this.#domain, targetBytes);
    this.#run.noteTarget(targetBytes);
  }

  /** libvirt has no call for it. */
  async setMerging(): Promise<void> {
    throw new LibvirtUnsupportedError(
      "switch the merging of a running domain's memory",
      "write <memoryBacking><nosharepages/></memoryBacking> into the domain's XML and restart it, to keep it out of KSM",
    );
  }

  async close(): Promise<void> {
    this.#unfollow();
    await this.#period.restore();
  }

  async #observe(readOnly: boolean): Promise<MonitorFacts> {
    const { connection, clock } = this.#options;
    const deadlineMs = this.#options.lookDeadlineMs ?? LOOK_DEADLINE_MS;
    const description = await this.#described(deadlineMs);
    const periodSeconds = await this.#period.settle(description, readOnly);
    const { boot } = this.#run;
    // An event that comes with the answers is newer than they are.
    const askedAtMs = clock.nowMs();
    const known = await domainStats(connection, this.#domain, { deadlineMs });
    if (!isActive(known)) return unreachable(NOT_RUNNING);
    const job = await this.#jobBeside(known, deadlineMs);
    const isMoving = job === undefined && this.#run.isMoving(actualBytes(known, description));
    const nowBytes = isMoving ? await queryActualBytes(connection, this.#domain, { deadlineMs }) : undefined;
    const stats = withActual(known, nowBytes);
    this.#noteStats(description, stats, boot);
    return this.#factsOf(description, stats, job, { askedAtMs, periodSeconds });
  }

  /** While another program's call uses QEMU the question would wait for it: what was known before holds on. */
  async #jobBeside(stats: DomainStats, deadlineMs: number): Promise<number | undefined> {
    if (wasQemuAsked(stats))
      this.#job = await currentJob(this.#options.connection, this.#domain, { deadlineMs });
    return this.#job;
  }

  #factsOf(
    description: DomainDescription,
    stats: DomainStats,
    job: number | undefined,
    { askedAtMs, periodSeconds }: { readonly askedAtMs: number; readonly periodSeconds: number },
  ): MonitorFacts {
    const nowMs = this.#options.clock.nowMs();
    const driver = driverState(this.#run.driver, nowMs, this.#options.bootWindowMs ?? BOOT_WINDOW_MS);
    const actual = actualBytes(stats, description);
    return {
      ...(actual !== undefined && { balloon: this.#run.balloon(actual, askedAtMs) }),
      ...this.#run.freshStats(driverStats(stats), periodSeconds),
      inhibitions: inhibitionsOfDomain(description, stats, job, driver, this.#run.isHotplugged(nowMs)),
      maxBytes: fullBytes(stats, description),
      merging: mergingOf(description),
    };
  }

  #noteStats(description: DomainDescription, stats: DomainStats, boot: object): void {
    const size = fullBytes(stats, description);
    // Memory came or went since the XML was read.
    if (size !== description.memoryBytes) this.#forget();
    this.#run.noteSize(size);
    // A reset meanwhile began a new boot, which the answers say nothing about.
    if (boot === this.#run.boot)
      this.#run.noteEvidence(actualBytes(stats, description), driverStats(stats)?.lastUpdateSeconds);
  }

  async #described(deadlineMs: number): Promise<DomainDescription> {
    const nowMs = this.#options.clock.nowMs();
    const known = this.#description;
    if (known !== undefined && nowMs - known.atMs < DESCRIPTION_AGE_MS) return known.facts;
    const { connection, backing } = this.#options;
    const described = describeDomain(await domainXml(connection, this.#domain, "live", { deadlineMs }));
    const facts = asBacked(described, await backing?.());
    this.#run.begin(facts.memoryBytes);
    this.#description = { facts, atMs: nowMs };
    return facts;
  }

  /** A QEMU that a signal or a debugger stopped answers nothing: to ask it would cost one of libvirtd's threads. */
  #isStopped(): boolean {
    return STOPPED.has(this.#options.mainThread?.() ?? "");
  }

  #forget(): void {
    this.#description = undefined;
  }

  #onEvent(event: DomainEvent): void {
    const { listener } = this.#options;
    if (event.kind === "balloon") {
      if (this.#run.noteChange(event.actualBytes)) listener.onBalloonChange(event.actualBytes);
    } else if (event.kind === "reboot") this.#onBoot();
    else if (event.kind === "lifecycle") this.#onLifecycle(event.event);
    else if (event.kind === "device") this.#onDevice(event.alias);
  }

  #onLifecycle(event: number): void {
    this.#forget();
    if (event === LIFECYCLE.started) this.#onBoot();
    // Its QEMU, and with it what was set there, is gone.
    if (event === LIFECYCLE.stopped || event === LIFECYCLE.started) this.#period.forget();
  }

  #onDevice(alias: string): void {
    this.#forget();
    if (MEMORY_DEVICE.test(alias)) this.#options.listener.onMemoryDoubted();
  }

  #onBoot(): void {
    if (this.#run.reset()) this.#options.listener.onReset();
  }

  #problemOf(error: unknown): string {
    this.#forget();
    if (error instanceof LibvirtError) return error.inWords;
    this.#options.log.error({ guest: this.#options.name, err: error }, "looking at a domain failed");
    return `looking at the domain failed: ${String(error)}`;
  }
}

/** Stopped by a signal; by a debugger. */
const STOPPED: ReadonlySet<string> = new Set(["T", "t"]);
const HUNG =
  "libvirt owes an answer about this domain; look whether the domain's QEMU hangs (state D or T in ps)";
const NOT_RUNNING = "the domain does not run";

function unreachable(problem: string): MonitorFacts {
  return { inhibitions: ["unreachable"], problem };
}
