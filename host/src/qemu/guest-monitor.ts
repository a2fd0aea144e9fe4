/** One guest's QEMU as the broker's `GuestMonitor`: observes it through its monitor, and commands its balloon. */

import {
  BOOT_WINDOW_MS,
  driverState,
  noteChange,
  noteEvidence,
  noteResize,
  watchFoundGuest,
  watchReset,
} from "../balloon/driver-detector.ts";
import { inhibitionsOf } from "../balloon/inhibitions.ts";
import type {
  Clock,
  GuestMonitor,
  Log,
  MonitorFacts,
  MonitorListener,
  ObserveOptions,
} from "../model/adapters.ts";
import type { MonitorAccess } from "../model/guest.ts";
import type { ExecuteOptions } from "../qmp/client.ts";
import {
  QmpCommandError,
  QmpError,
  QmpInterruptedError,
  QmpLeaseBusyError,
  QmpProtocolError,
  QmpStateError,
} from "../qmp/errors.ts";
import { isJsonObject, reported } from "../qmp/json.ts";
import type { MonitorWatch } from "../qmp/lease/sight.ts";
import type { QmpEvent, QmpGreeting } from "../qmp/message.ts";
import { systemTimers, type Timers } from "../timing/timers.ts";
import { type Hardware, type HugetlbfsTest, surveyHardware } from "./hardware.ts";
import { isOnHugetlbfs } from "./hugetlbfs.ts";
import { switchMerging } from "./merging.ts";
import { type MonitorClient, type MonitorLink, openMonitorLink } from "./monitor-link.ts";
import { PacedLooks } from "./paced-looks.ts";
import {
  agree,
  balloonFacts,
  isBalloonWithin,
  isWithinSize,
  type QemuSession,
  type Sight,
  unbelievable,
} from "./qemu-session.ts";
import { type Look, look, lookWithoutEvents, queryDriverOk, type Unheard } from "./query-guest.ts";
import { StatsPolling } from "./stats-polling.ts";
import { watchForReset } from "./unseen-reset.ts";

/** Hot-plug of a device sends no event, so what rarely changes is queried again after this time. Memory is queried each time. */
const HARDWARE_AGE_MS = 60_000;
/** The first time after this share of it, or later: a broker that starts meets all its guests at once, and must not ask all again at once each minute. */
const FIRST_AGE_SHARE = 0.25;
/**
 * After memory came or went, what the guest told before is of another size: an agent reports at least every two seconds, a driver is asked
 * every two, and the guest's kernel brings the memory online, or moves its pages away, meanwhile.
 */
const HOTPLUG_REST_MS = 10_000;
/** One observation must not delay a tick for longer. */
const LOOK_DEADLINE_MS = 1_000;
/** `balloon` only notes the target. Its answer takes longer only if QEMU hangs. */
const COMMAND_DEADLINE_MS = 3_000;
/** If this share of the guest's size is locked, all of it is; I/O buffers lock a little. */
const LOCKED_SHARE = 0.5;

export interface GuestMonitorOptions {
  readonly name: string;
  readonly qmpPath: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly listener: MonitorListener;
  readonly timers?: Timers;
  /** 0…1, spreads reconnections. */
  readonly random?: () => number;
  /** What the kernel tells of the QEMU process's memory and QMP does not; absent: unknown. */
  readonly backing?: (qmpPath: string) => Promise<ProcessBacking | undefined>;
  readonly isHugetlbfs?: HugetlbfsTest;
  /** What stands before the monitor. Present: others use it as well, and it is lent for moments. Absent: it is ours. */
  readonly watch?: MonitorWatch;
  readonly lookDeadlineMs?: number;
  readonly commandDeadlineMs?: number;
  readonly greetingDeadlineMs?: number;
  readonly bootWindowMs?: number;
}

/** How a QEMU process's memory is backed. */
export interface ProcessBacking {
  /** Locked (`VmLck`), or pinned for a device (`VmPin`). */
  readonly lockedBytes: number;
  /** In huge pages of hugetlbfs. */
  readonly hugetlbBytes: number;
}

/** A `GuestMonitor` whose command can tell when it was handed to the kernel. */
export interface Machine extends GuestMonitor {
  setTarget(targetBytes: number, options?: Pick<ExecuteOptions, "onWritten">): Promise<void>;
}

/** Starts to connect at once and keeps trying until `close`; a monitor that is lent is connected to only when there is something to ask. */
export function createGuestMonitor(options: GuestMonitorOptions): Machine {
  return new QmpGuestMonitor(options);
}

class QmpGuestMonitor implements Machine {
  readonly #options: GuestMonitorOptions;
  readonly #random: () => number;
  readonly #link: MonitorLink;
  /** Absent: each look is made when it is asked for. */
  readonly #looks: PacedLooks | undefined;
  readonly #polling = new StatsPolling();
  #session: QemuSession | undefined;
  /** What was seen last, until something happens. Looks that are paced keep it themselves. */
  #kept: { readonly facts: MonitorFacts; readonly askedAtMs: number; readonly readOnly: boolean } | undefined;
  /** How often something has happened that a look may not have seen. */
  #happened = 0;
  #isUp = false;
  #problem = "not connected yet";

  constructor(options: GuestMonitorOptions) {
    this.#options = options;
    const random = options.random ?? Math.random;
    this.#random = random;
    this.#looks = options.watch && new PacedLooks({ clock: options.clock, random });
    this.#link = openMonitorLink({
      path: options.qmpPath,
      timers: options.timers ?? systemTimers(),
      random,
      commandDeadlineMs: options.commandDeadlineMs ?? COMMAND_DEADLINE_MS,
      greetingDeadlineMs: options.greetingDeadlineMs,
      watch: options.watch,
      onEvent: (event) => this.#onEvent(event),
      onUp: (client, greeting) => this.#onUp(client, greeting),
      onDown: (why) => this.#onDown(why),
    });
    this.#session = this.#lastingSession();
  }

  get access(): MonitorAccess {
    const { mode, worstWaitMs } = this.#link;
    return worstWaitMs === undefined ? { mode } : { mode, worstWaitMs: Math.round(worstWaitMs) };
  }

  async observe({ readOnly = false, mostAgeMs = 0 }: ObserveOptions = {}): Promise<MonitorFacts> {
    if (this.#looks !== undefined) return this.#looks.observe(() => this.#observeNow(readOnly));
    const kept = this.#kept;
    const askedAtMs = this.#options.clock.nowMs();
    if (kept?.readOnly === readOnly && askedAtMs - kept.askedAtMs < mostAgeMs) return kept.facts;
    const happened = this.#happened;
    const facts = await this.#observeNow(readOnly);
    const isNewest = happened === this.#happened && facts.problem === undefined;
    this.#kept = isNewest ? { facts, askedAtMs, readOnly } : undefined;
    return facts;
  }

  /** What was seen until now is no longer all there is. */
  #stir(): void {
    this.#happened += 1;
    this.#kept = undefined;
  }

  async #observeNow(readOnly: boolean): Promise<MonitorFacts> {
    if (this.#session === undefined) await this.#link.firstAttempt;
    const session = this.#session;
    if (session === undefined) return unreachable(this.#problem);
    if (session.client.overdue) {
      return unreachable(
        "QEMU owes an answer and does not give it; look whether its process hangs (state D or T in ps)",
      );
    }
    try {
      return await this.#observe(session, readOnly);
    } catch (error) {
      const kept = error instanceof QmpLeaseBusyError ? this.#unasked(error) : undefined;
      return kept ?? unreachable(this.#describe(session, error));
    }
  }

  /** What counts of a guest whose monitor was not free; absent: nothing is known of it. */
  #unasked({ isStarting }: QmpLeaseBusyError): MonitorFacts | undefined {
    return isStarting ? { inhibitions: ["booting"] } : this.#looks?.recent;
  }

  async setTarget(targetBytes: number, options: Pick<ExecuteOptions, "onWritten"> = {}): Promise<void> {
    const session = this.#session;
    this.#stir();
    if (session === undefined) throw new QmpStateError("command the balloon", "closed");
    await session.client.execute("balloon", { value: targetBytes }, options);
    session.targetBytes = targetBytes;
    this.#looks?.soon();
  }

  async setMerging(on: boolean): Promise<void> {
    const session = this.#session;
    this.#stir();
    if (session === undefined) throw new QmpStateError("switch merging", "closed");
    try {
      await switchMerging(session.client, on);
    } finally {
      delete session.hardware;
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    if (session !== undefined) await this.#polling.restore(session.client);
    await this.#link.close();
    await this.#looks?.settled();
    this.#session = undefined;
    this.#problem = "closed";
  }

  async #observe(session: QemuSession, readOnly: boolean): Promise<MonitorFacts> {
    const first = await this.#lookOnce(session, readOnly);
    if (agree(first)) return this.#factsOf(session, first);
    // Memory came or went since the hardware was asked for.
    delete session.hardware;
    const second = await this.#lookOnce(session, readOnly);
    return isWithinSize(second) ? this.#factsOf(session, second) : unreachable(unbelievable(second));
  }

  async #lookOnce(session: QemuSession, readOnly: boolean): Promise<Sight> {
    const known = this.#known(session, readOnly) ?? (await this.#settled(session, readOnly));
    const watch = session.driver;
    // An event that comes with the answers is newer than they are.
    const askedAtMs = this.#options.clock.nowMs();
    const { balloon } = known.facts;
    if (this.#link.mode === "own")
      return { ...known, seen: await look(session.client, balloon, this.#lookDeadlineMs), askedAtMs, watch };
    const [seen, unheard] = await lookWithoutEvents(session.client, balloon, this.#lookDeadlineMs);
    this.#watchForReset(session, { facts: known.facts, seen, unheard });
    return { ...known, seen, askedAtMs, watch: session.driver, unheard };
  }

  #watchForReset(
    session: QemuSession,
    { facts, seen, unheard }: Pick<Sight, "facts" | "seen"> & { readonly unheard: Unheard },
  ): void {
    const { clock } = this.#options;
    const signs = {
      isRunning: seen.run.running,
      driverOk: unheard.driverOk,
      lastUpdateSeconds: seen.stats?.lastUpdateSeconds,
      majorFaultsTotal: seen.stats?.values.majorFaultsTotal,
      pollingSeconds: facts.balloon?.pollingSeconds ?? 0,
    };
    const { watch, isReset } = watchForReset(session.reset, signs, clock.nowMs());
    session.reset = watch;
    if (isReset) this.#onReset(session, clock.wallMs());
  }

  async #factsOf(session: QemuSession, sight: Sight): Promise<MonitorFacts> {
    const { facts: hardware, hugepages, locked, seen, watch, unheard } = sight;
    const nowMs = this.#options.clock.nowMs();
    // A reset meanwhile began a new watch; the answers are older than that. Of a driver that was seen there is nothing more to learn.
    const isSure = watch?.seen === true && !watch.emptySinceReset;
    if (session.driver === watch && !isSure) await this.#watchDriver(session, hardware, seen);
    const { fullBytes, uncountedBytes, hasVirtioMem } = hardware.memory;
    const driver = session.driver ?? watchFoundGuest(nowMs, fullBytes);
    return {
      ...balloonFacts(session, sight, { nowMs, wallMs: this.#options.clock.wallMs() }),
      inhibitions: inhibitionsOf({
        hasBalloon: hardware.balloon !== undefined,
        driver: driverState(driver, nowMs, this.#options.bootWindowMs ?? BOOT_WINDOW_MS),
        run: seen.run,
        migration: seen.migration,
        capabilities: seen.capabilities,
        vfio: hardware.vfio,
        hugepages,
        locked,
        virtioMem: hasVirtioMem,
        backup: unheard?.jobTypes?.includes("backup") ?? hardware.backup,
        hotplug: nowMs - (session.memoryChangedAtMs ?? Number.NEGATIVE_INFINITY) < HOTPLUG_REST_MS,
      }),
      ...(fullBytes > 0 && { maxBytes: fullBytes }),
      ...(uncountedBytes > 0 && { uncountedBytes }),
      merging: hardware.merging,
    };
  }

  get #lookDeadlineMs(): number {
    return this.#options.lookDeadlineMs ?? LOOK_DEADLINE_MS;
  }

  async #hardware(session: QemuSession): Promise<NonNullable<QemuSession["hardware"]>> {
    const { clock, qmpPath, backing, isHugetlbfs } = this.#options;
    const known = session.hardware;
    if (known !== undefined && clock.nowMs() < known.untilMs) return known;
    const facts = await surveyHardware(session.client, isHugetlbfs ?? isOnHugetlbfs);
    const { lockedBytes, hugetlbBytes } = (await backing?.(qmpPath)) ?? { lockedBytes: 0, hugetlbBytes: 0 };
    const { fullBytes } = facts.memory;
    const locked = facts.confidential || (fullBytes > 0 && lockedBytes >= fullBytes * LOCKED_SHARE);
    const hugepages = facts.hugepages || hugetlbBytes > 0;
    this.#noteSize(session, fullBytes);
    const ageShare = known === undefined ? FIRST_AGE_SHARE + (1 - FIRST_AGE_SHARE) * this.#random() : 1;
    const untilMs = clock.nowMs() + HARDWARE_AGE_MS * ageShare;
    session.hardware = { facts, hugepages, locked, untilMs };
    session.driver ??= watchFoundGuest(clock.nowMs(), fullBytes);
    return session.hardware;
  }

  /** What is in the balloon stays there when memory comes or goes, so sizes and targets move by as much as the memory. */
  #noteSize(session: QemuSession, fullBytes: number): void {
    const changeBytes = fullBytes - (session.fullBytes ?? fullBytes);
    session.fullBytes = fullBytes;
    if (changeBytes === 0) return;
    session.memoryChangedAtMs = this.#options.clock.nowMs();
    if (session.targetBytes !== undefined) session.targetBytes += changeBytes;
    if (session.driver !== undefined) session.driver = noteResize(session.driver, changeBytes);
  }

  /** The hardware, while there is nothing to ask and nothing to set. */
  #known({ hardware }: QemuSession, readOnly: boolean): QemuSession["hardware"] {
    if (hardware === undefined || this.#options.clock.nowMs() >= hardware.untilMs) return undefined;
    const { balloon } = hardware.facts;
    return balloon === undefined || this.#polling.isSettled(balloon, readOnly) ? hardware : undefined;
  }

  /** The hardware, with the statistics' interval brought to what the mode allows. */
  async #settled(session: QemuSession, readOnly: boolean): Promise<NonNullable<QemuSession["hardware"]>> {
    const known = await this.#hardware(session);
    const { balloon } = known.facts;
    if (balloon === undefined) return known;
    const pollingSeconds = await this.#polling.settle(session.client, balloon, readOnly);
    if (pollingSeconds === balloon.pollingSeconds) return known;
    const settled = { ...known, facts: { ...known.facts, balloon: { ...balloon, pollingSeconds } } };
    if (session.hardware === known) session.hardware = settled;
    return settled;
  }

  async #watchDriver(session: QemuSession, hardware: Hardware, seen: Look): Promise<void> {
    const { balloon } = hardware;
    if (balloon === undefined || session.driver === undefined) return;
    const { actualBytes } = seen;
    session.driver = noteEvidence(session.driver, {
      actualBytes,
      lastUpdateSeconds: seen.stats?.lastUpdateSeconds,
    });
    if (session.driver.seen) return;
    const watch = session.driver;
    const driverOk = await queryDriverOk(session.client, balloon.virtioPath, this.#lookDeadlineMs);
    if (session.driver === watch) session.driver = noteEvidence(watch, { driverOk });
  }

  #onEvent(event: QmpEvent): void {
    const session = this.#session;
    this.#stir();
    if (session === undefined) return;
    if (event.name === "BALLOON_CHANGE") this.#onBalloonChange(session, reported(event.data["actual"]));
    else if (event.name === "RESET") this.#onReset(session, event.atWallMs ?? this.#options.clock.wallMs());
    else if (event.name === "DEVICE_DELETED" || event.name === "MEMORY_DEVICE_SIZE_CHANGE")
      this.#onMemoryDoubted(session);
    // A backup begins or ends.
    else if (event.name === "JOB_STATUS_CHANGE") delete session.hardware;
    else if (event.name === "ACPI_DEVICE_OST") this.#onSlotStatus(session, event);
    else this.#options.log.debug({ guest: this.#options.name, event: event.name }, "QEMU event");
  }

  /** The guest reported a memory slot: it took in what was plugged, or begins or ends to give it up. */
  #onSlotStatus(session: QemuSession, { data }: QmpEvent): void {
    const info = data["info"];
    if (isJsonObject(info) && info["slot-type"] === "DIMM") this.#onMemoryDoubted(session);
  }

  #onMemoryDoubted(session: QemuSession): void {
    delete session.hardware;
    this.#options.listener.onMemoryDoubted();
  }

  #onBalloonChange(session: QemuSession, actualBytes: number | undefined): void {
    if (actualBytes === undefined) return;
    // Memory was plugged, or QEMU is not to be believed: the next observation tells.
    if (!isBalloonWithin(actualBytes, session.fullBytes ?? actualBytes)) {
      this.#onMemoryDoubted(session);
      return;
    }
    if (session.driver !== undefined)
      session.driver = noteChange(session.driver, this.#options.clock.nowMs());
    if (session.driver?.emptySinceReset) return;
    this.#options.listener.onBalloonChange(actualBytes);
  }

  /** QEMU keeps the balloon's target over a reset, for the driver to come; statistics until now are the old boot's. */
  #onReset(session: QemuSession, atWallMs: number): void {
    const { clock, listener } = this.#options;
    session.driver = watchReset(clock.nowMs(), atWallMs);
    delete session.hardware;
    listener.onReset();
  }

  #onUp(client: MonitorClient, greeting: QmpGreeting): void {
    this.#session ??= { client };
    this.#isUp = true;
    this.#problem = "";
    const { log, name, qmpPath, listener } = this.#options;
    log.info({ guest: name, qmpPath, qemu: greeting.version }, "connected to QEMU");
    listener.onConnection(true);
  }

  /** Reported once for each new problem, not at each attempt. */
  #onDown(why: QmpError): void {
    const problem = inWords(why);
    this.#stir();
    const isNews = this.#isUp || problem !== this.#problem;
    this.#session = this.#lastingSession();
    this.#isUp = false;
    this.#problem = problem;
    this.#looks?.soon();
    if (!isNews) return;
    const { log, name, listener } = this.#options;
    log.debug({ guest: name, code: why.code }, problem);
    listener.onConnection(false, problem);
  }

  /** Nothing is known of the QEMU to come; absent: it has to connect first. */
  #lastingSession(): QemuSession | undefined {
    const client = this.#link.lasting;
    return client && { client };
  }

  #describe(session: QemuSession, error: unknown): string {
    // A device that was just unplugged, or a path that is no more.
    if (error instanceof QmpCommandError) delete session.hardware;
    // What ended the connection says more than that it ended.
    if (error instanceof QmpInterruptedError && error.cause instanceof QmpError) return inWords(error.cause);
    if (error instanceof QmpError) return inWords(error);
    this.#options.log.error({ guest: this.#options.name, err: error }, "looking at QEMU failed");
    return `looking at QEMU failed: ${String(error)}`;
  }
}

function inWords(error: QmpError): string {
  return error instanceof QmpProtocolError
    ? `its monitor does not keep to QMP: ${error.inWords}`
    : error.inWords;
}

function unreachable(problem: string): MonitorFacts {
  return { inhibitions: ["unreachable"], problem };
}
