/** One guest's QEMU behind the broker's `GuestMonitor`: keeps the monitor connected, looks, and commands the balloon. */
import type {
  Clock,
  GuestMonitor,
  Log,
  MonitorFacts,
  MonitorListener,
  ObserveOptions,
} from "../model/adapters.ts";
import { type ExecuteOptions, QmpClient } from "../qmp/client.ts";
import {
  QmpCommandError,
  QmpError,
  QmpInterruptedError,
  QmpProtocolError,
  QmpStateError,
} from "../qmp/errors.ts";
import { reported } from "../qmp/json.ts";
import type { QmpEvent, QmpGreeting } from "../qmp/message.ts";
import { Reconnector } from "../qmp/reconnect.ts";
import { systemTimers, type Timers } from "../timing/timers.ts";
import {
  BOOT_WINDOW_MS,
  type DriverWatch,
  driverState,
  noteChange,
  noteEvidence,
  watchFoundGuest,
  watchReset,
} from "./driver-detector.ts";
import { advanceStatsClock, type StatsClock, statsAreFresh } from "./guest-stats.ts";
import { type Hardware, type HugetlbfsTest, surveyHardware } from "./hardware.ts";
import { isOnHugetlbfs } from "./hugetlbfs.ts";
import { inhibitionsOf } from "./inhibitions.ts";
import { switchMerging } from "./merging.ts";
import { type Look, look, queryDriverOk } from "./query-guest.ts";
import { StatsPolling } from "./stats-polling.ts";

/** Hot-plug of a device sends no event: what rarely changes is asked for anew so often. */
const HARDWARE_AGE_MS = 60_000;
/** One look must not hold up a tick for longer. */
const LOOK_DEADLINE_MS = 1_000;
/** `balloon` only notes the target: an answer takes longer only where QEMU hangs. */
const COMMAND_DEADLINE_MS = 3_000;
/** So much of the guest's size locked in memory means that all of it is; I/O buffers lock a little. */
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
  /** How much of the QEMU process is locked (`VmLck`), which QMP does not tell; absent: unknown. */
  readonly lockedBytes?: (qmpPath: string) => Promise<number | undefined>;
  readonly isHugetlbfs?: HugetlbfsTest;
  readonly lookDeadlineMs?: number;
  readonly commandDeadlineMs?: number;
  readonly greetingDeadlineMs?: number;
  readonly bootWindowMs?: number;
}

/** A `GuestMonitor` whose command can tell when it was handed to the kernel. */
export interface Machine extends GuestMonitor {
  setTarget(targetBytes: number, options?: Pick<ExecuteOptions, "onWritten">): Promise<void>;
}

/** Starts to connect at once and keeps trying until `close`. */
export function createGuestMonitor(options: GuestMonitorOptions): Machine {
  return new QmpGuestMonitor(options);
}

/** All that is bound to one connection and void when it ends. */
interface Session {
  readonly client: QmpClient;
  hardware?: { readonly facts: Hardware; readonly locked: boolean; readonly atMs: number };
  driver?: DriverWatch;
  stats?: StatsClock;
  targetBytes?: number;
}

class QmpGuestMonitor implements Machine {
  readonly #options: GuestMonitorOptions;
  readonly #reconnector: Reconnector;
  readonly #polling = new StatsPolling();
  #session: Session | undefined;
  #problem = "not connected yet";

  constructor(options: GuestMonitorOptions) {
    this.#options = options;
    const timers = options.timers ?? systemTimers();
    this.#reconnector = new Reconnector({
      newClient: () =>
        new QmpClient({
          path: options.qmpPath,
          timers,
          commandDeadlineMs: options.commandDeadlineMs ?? COMMAND_DEADLINE_MS,
          ...(options.greetingDeadlineMs !== undefined && { greetingDeadlineMs: options.greetingDeadlineMs }),
          onEvent: (event) => this.#onEvent(event),
        }),
      timers,
      random: options.random ?? Math.random,
      onUp: (client, greeting) => this.#onUp(client, greeting),
      onDown: (why) => this.#onDown(why),
    });
  }

  async observe({ readOnly = false }: ObserveOptions = {}): Promise<MonitorFacts> {
    await this.#reconnector.firstAttempt;
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
      return unreachable(this.#describe(session, error));
    }
  }

  async setTarget(targetBytes: number, options: Pick<ExecuteOptions, "onWritten"> = {}): Promise<void> {
    const session = this.#session;
    if (session === undefined) throw new QmpStateError("command the balloon", "closed");
    await session.client.execute("balloon", { value: targetBytes }, options);
    session.targetBytes = targetBytes;
  }

  async setMerging(on: boolean): Promise<void> {
    const session = this.#session;
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
    await this.#reconnector.stop();
    this.#session = undefined;
    this.#problem = "closed";
  }

  async #observe(session: Session, readOnly: boolean): Promise<MonitorFacts> {
    const { facts: hardware, locked } = await this.#settled(session, readOnly);
    const deadlineMs = this.#options.lookDeadlineMs ?? LOOK_DEADLINE_MS;
    const watch = session.driver;
    // An event that comes with the answers is newer than they are.
    const askedAtMs = this.#options.clock.nowMs();
    const seen = await look(session.client, hardware.balloon, deadlineMs);
    const nowMs = this.#options.clock.nowMs();
    // A reset meanwhile began a new watch, which the answers say nothing about.
    if (session.driver === watch) await this.#watchDriver(session, hardware, seen, deadlineMs);
    const driver = session.driver ?? watchFoundGuest(nowMs, hardware.maxBytes);
    return {
      ...this.#balloonFacts(session, hardware, seen, askedAtMs, nowMs),
      inhibitions: inhibitionsOf({
        hasBalloon: hardware.balloon !== undefined,
        driver: driverState(driver, nowMs, this.#options.bootWindowMs ?? BOOT_WINDOW_MS),
        run: seen.run,
        migration: seen.migration,
        capabilities: seen.capabilities,
        vfio: hardware.vfio,
        hugepages: hardware.hugepages,
        locked,
      }),
      ...(hardware.maxBytes > 0 && { maxBytes: hardware.maxBytes }),
      merging: hardware.merging,
    };
  }

  async #hardware(session: Session): Promise<NonNullable<Session["hardware"]>> {
    const { clock, qmpPath, lockedBytes, isHugetlbfs } = this.#options;
    const known = session.hardware;
    if (known !== undefined && clock.nowMs() - known.atMs < HARDWARE_AGE_MS) return known;
    const facts = await surveyHardware(session.client, isHugetlbfs ?? isOnHugetlbfs);
    const lockedNow = (await lockedBytes?.(qmpPath)) ?? 0;
    const locked = facts.confidential || (facts.maxBytes > 0 && lockedNow >= facts.maxBytes * LOCKED_SHARE);
    session.hardware = { facts, locked, atMs: clock.nowMs() };
    session.driver ??= watchFoundGuest(clock.nowMs(), facts.maxBytes);
    return session.hardware;
  }

  /** The hardware, with the statistics' interval brought to what the mode allows. */
  async #settled(session: Session, readOnly: boolean): Promise<NonNullable<Session["hardware"]>> {
    const known = await this.#hardware(session);
    const { balloon } = known.facts;
    if (balloon === undefined) return known;
    const pollingSeconds = await this.#polling.settle(session.client, balloon, readOnly);
    if (pollingSeconds === balloon.pollingSeconds) return known;
    const settled = { ...known, facts: { ...known.facts, balloon: { ...balloon, pollingSeconds } } };
    if (session.hardware === known) session.hardware = settled;
    return settled;
  }

  async #watchDriver(session: Session, hardware: Hardware, seen: Look, deadlineMs: number): Promise<void> {
    const { balloon } = hardware;
    if (balloon === undefined || session.driver === undefined) return;
    const { actualBytes } = seen;
    session.driver = noteEvidence(session.driver, {
      actualBytes,
      lastUpdateSeconds: seen.stats?.lastUpdateSeconds,
    });
    if (session.driver.seen) return;
    const watch = session.driver;
    const driverOk = await queryDriverOk(session.client, balloon.virtioPath, deadlineMs);
    if (session.driver === watch) session.driver = noteEvidence(watch, { driverOk });
  }

  #balloonFacts(
    session: Session,
    hardware: Hardware,
    seen: Look,
    askedAtMs: number,
    nowMs: number,
  ): Pick<MonitorFacts, "balloon" | "stats"> {
    if (seen.actualBytes === undefined || hardware.balloon === undefined) return {};
    const { targetBytes } = session;
    const isEmpty = session.driver?.emptySinceReset === true && hardware.maxBytes > 0;
    const balloon = {
      actualBytes: isEmpty ? hardware.maxBytes : seen.actualBytes,
      observedAtMs: askedAtMs,
      ...(targetBytes !== undefined && { targetBytes }),
    };
    const { values, lastUpdateSeconds } = seen.stats ?? { values: {} };
    if (lastUpdateSeconds === undefined) return { balloon };
    session.stats = advanceStatsClock(session.stats, lastUpdateSeconds, nowMs, this.#options.clock.wallMs());
    const ofThisBoot = lastUpdateSeconds > (session.driver?.bootedAtSeconds ?? 0);
    const fresh = ofThisBoot && statsAreFresh(session.stats, hardware.balloon.pollingSeconds, nowMs);
    return fresh ? { balloon, stats: { ...values, updatedAtMs: session.stats.updatedAtMs } } : { balloon };
  }

  #onEvent(event: QmpEvent): void {
    const session = this.#session;
    if (session === undefined) return;
    if (event.name === "BALLOON_CHANGE") this.#onBalloonChange(session, reported(event.data["actual"]));
    else if (event.name === "RESET") this.#onReset(session, event);
    else if (event.name === "DEVICE_DELETED") delete session.hardware;
    else this.#options.log.debug({ guest: this.#options.name, event: event.name }, "QEMU event");
  }

  #onBalloonChange(session: Session, actualBytes: number | undefined): void {
    if (actualBytes === undefined) return;
    if (session.driver !== undefined)
      session.driver = noteChange(session.driver, this.#options.clock.nowMs());
    if (session.driver?.emptySinceReset) return;
    this.#options.listener.onBalloonChange(actualBytes);
  }

  /** QEMU keeps the balloon's target over a reset, for the driver to come; statistics until now are the old boot's. */
  #onReset(session: Session, event: QmpEvent): void {
    const { clock, listener } = this.#options;
    session.driver = watchReset(clock.nowMs(), event.atWallMs ?? clock.wallMs());
    delete session.hardware;
    listener.onReset();
  }

  #onUp(client: QmpClient, greeting: QmpGreeting): void {
    this.#session = { client };
    this.#problem = "";
    const { log, name, qmpPath, listener } = this.#options;
    log.info({ guest: name, qmpPath, qemu: greeting.version }, "connected to QEMU");
    listener.onConnection(true);
  }

  /** Told once for each new trouble, not at each of the attempts to come. */
  #onDown(why: QmpError): void {
    const problem = inWords(why);
    const isNews = this.#session !== undefined || problem !== this.#problem;
    this.#session = undefined;
    this.#problem = problem;
    if (!isNews) return;
    const { log, name, listener } = this.#options;
    log.debug({ guest: name, code: why.code }, problem);
    listener.onConnection(false, problem);
  }

  #describe(session: Session, error: unknown): string {
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
  if (error instanceof QmpProtocolError)
    return `its monitor does not keep to QMP: ${error.message}; ${error.advice}`;
  return `${error.message}; ${error.advice}`;
}

function unreachable(problem: string): MonitorFacts {
  return { inhibitions: ["unreachable"], problem };
}
