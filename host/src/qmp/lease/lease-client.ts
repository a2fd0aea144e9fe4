/**
 * A QMP client that lends a monitor from the platform's tools: connects only when there is something to send, sends all of it in one
 * write, and leaves after the last answer. QEMU serves one client of a monitor at a time, so what this one holds up, it holds up for them.
 */
import { deferred } from "../../timing/deferred.ts";
import type { Timers } from "../../timing/timers.ts";
import {
  COMMAND_DEADLINE_MS,
  type Commands,
  type ExecuteOptions,
  MAX_OUTSTANDING,
  QmpClient,
  type QmpExecutor,
} from "../client.ts";
import {
  QmpClosedError,
  QmpConnectError,
  type QmpError,
  QmpHungError,
  QmpLeaseBusyError,
  QmpStateError,
} from "../errors.ts";
import type { QmpGreeting } from "../message.ts";
import type { Outcome } from "../pending.ts";
import { LeaseMachine, type LeaseStep } from "./lease-machine.ts";
import { type LeaseRequest, LeaseRequests } from "./lease-requests.ts";
import type { MonitorSight, MonitorWatch, Obstacle } from "./sight.ts";
import { WorstWait } from "./worst-wait.ts";

/** Commands in one lease: QEMU answers twelve in 3.5 ms, and the platform waits meanwhile. */
const MOST_AT_ONCE = 24;

const OBSTACLES: Readonly<Record<Obstacle, string>> = {
  starting: "its QEMU was started a moment ago",
  stopped: "its QEMU process is stopped: state T in ps",
  blocked: "its QEMU process waits for the kernel: state D in ps",
  "waited-for": "other programs wait for it",
  held: "another program holds it",
};

export interface LeaseClientOptions {
  /** Path of the monitor's unix socket. */
  readonly path: string;
  readonly watch: MonitorWatch;
  readonly timers: Timers;
  /** 0…1, spreads the looks at many monitors. */
  readonly random: () => number;
  readonly commandDeadlineMs?: number;
  /** A QEMU greeted for the first time, or another one than before. */
  readonly onUp: (greeting: QmpGreeting) => void;
  /** There is no QEMU behind the path any more, or another one. */
  readonly onDown: (why: QmpError) => void;
}

export class LeaseClient implements QmpExecutor {
  readonly #options: LeaseClientOptions;
  readonly #machine = new LeaseMachine();
  readonly #requests: LeaseRequests;
  readonly #worstWait = new WorstWait();
  readonly #idle = deferred<void>();
  #connection: QmpClient | undefined;
  #cancelLook: (() => void) | undefined;
  /** Until then no wait counts: the guest stood still, or QEMU had only just been started. */
  #uncountedUntilMs = Number.NEGATIVE_INFINITY;
  /** Inode of the listening socket that was last seen. */
  #listener: string | undefined;
  #isUp = false;
  #stopping = false;

  constructor(options: LeaseClientOptions) {
    this.#options = options;
    this.#requests = new LeaseRequests(options.timers, (request) => this.#expired(request));
  }

  /** Whether an answer is past its deadline: further commands would only queue behind it. */
  get overdue(): boolean {
    return this.#connection?.overdue ?? false;
  }

  /** The longest time of late from a command to its place on the wire, milliseconds; absent: nothing was sent yet. */
  get worstWaitMs(): number | undefined {
    return this.#worstWait.valueMs(this.#options.timers.nowMs());
  }

  /** Sends a command as soon as the monitor is free; rejects with {@link QmpLeaseBusyError} when it is not until the deadline. */
  execute(command: string, args?: object, options: ExecuteOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => (outcome.ok ? resolve(outcome.value) : reject(outcome.error));
      const refusal = this.#refusal(command);
      if (refusal === undefined) this.#enqueue(command, args, options, settle);
      else settle({ ok: false, error: refusal });
    });
  }

  /** As {@link execute} for each. */
  executeAll(commands: Commands, options: ExecuteOptions): Promise<readonly unknown[]> {
    return Promise.all(commands.map(({ command, args }) => this.execute(command, args, options)));
  }

  /** Runs `run`; what is executed until the monitor greets goes out in one write anyway. */
  batch<T>(run: () => T): T {
    return run();
  }

  /** Takes no more commands; resolves when the last was answered and the connection is gone, or after `limitMs`. */
  async close(limitMs: number = COMMAND_DEADLINE_MS): Promise<void> {
    this.#stopping = true;
    const cancel = this.#options.timers.after(limitMs, () => this.#abandon());
    this.#endIfIdle();
    await this.#idle.promise;
    cancel();
  }

  #refusal(command: string): QmpError | undefined {
    if (this.#stopping) return new QmpStateError(`execute ${command}`, "closed");
    const { size } = this.#requests;
    return size >= MAX_OUTSTANDING ? new QmpHungError(command, this.#waitedMs(), size) : undefined;
  }

  #waitedMs(): number {
    const nowMs = this.#options.timers.nowMs();
    return nowMs - (this.#requests.oldestAskedAtMs ?? nowMs);
  }

  #enqueue(
    command: string,
    args: object | undefined,
    options: ExecuteOptions,
    settle: (outcome: Outcome) => void,
  ): void {
    const askedAtMs = this.#options.timers.nowMs();
    const deadlineMs = options.deadlineMs ?? this.#options.commandDeadlineMs ?? COMMAND_DEADLINE_MS;
    this.#requests.add({ command, args, options, askedAtMs, deadlineAtMs: askedAtMs + deadlineMs, settle });
    this.#do(this.#machine.wanted());
  }

  #expired({ command, askedAtMs }: LeaseRequest): QmpError {
    this.#countWait(askedAtMs);
    this.#endIfIdle();
    const waitedMs = this.#options.timers.nowMs() - askedAtMs;
    const isStarting = this.#machine.obstacle === "starting";
    return new QmpLeaseBusyError(command, this.#options.path, waitedMs, this.#inTheWay(), isStarting);
  }

  #countWait(askedAtMs: number): void {
    const nowMs = this.#options.timers.nowMs();
    const waitedMs = nowMs - Math.max(askedAtMs, this.#uncountedUntilMs);
    if (waitedMs > 0) this.#worstWait.saw(waitedMs, nowMs);
  }

  #inTheWay(): string {
    const { obstacle, isConnected } = this.#machine;
    if (isConnected) return "another program came first, or QEMU hangs";
    return obstacle === undefined ? "it could not be looked at in time" : OBSTACLES[obstacle];
  }

  #do(step: LeaseStep): void {
    if (step.kind === "connect") this.#connect();
    else if (step.kind === "none") this.#endIfIdle();
    else if (step.afterMs === 0) void this.#look();
    else this.#cancelLook = this.#options.timers.after(step.afterMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const sight = await this.#options.watch(this.#options.path);
    this.#noteListener(sight);
    const { timers, random } = this.#options;
    const step = this.#machine.looked(sight, this.#requests.size > 0, timers.nowMs(), random());
    if (isStill(this.#machine.obstacle)) this.#uncountedUntilMs = timers.nowMs();
    this.#do(step);
  }

  /** Another socket on the path is another QEMU, to which nothing was said yet. */
  #noteListener({ queue: { listener } }: MonitorSight): void {
    if (listener === undefined) return;
    const isAnother = this.#isUp && this.#listener !== undefined && this.#listener !== listener;
    this.#listener = listener;
    if (isAnother) this.#down(new QmpClosedError(this.#options.path));
  }

  #connect(): void {
    const { path, timers } = this.#options;
    let isGreeted = false;
    const connection = new QmpClient({
      path,
      timers,
      greetingDeadlineMs: Number.POSITIVE_INFINITY,
      onGreeting: (greeting) => {
        isGreeted = true;
        this.#onGreeting(connection, greeting);
      },
    });
    this.#connection = connection;
    // Its end says the same.
    connection.connect().catch(() => undefined);
    void connection.closed.then((why) => this.#onEnd(why, isGreeted));
  }

  /** The greeting may be late: sent is what is still wanted. */
  #onGreeting(connection: QmpClient, greeting: QmpGreeting): void {
    if (!this.#isUp) {
      this.#isUp = true;
      this.#options.onUp(greeting);
    }
    for (const request of this.#requests.take(MOST_AT_ONCE)) this.#send(connection, request);
    void connection.finish();
  }

  #send(connection: QmpClient, request: LeaseRequest): void {
    const { command, args, options, askedAtMs, deadlineAtMs, settle } = request;
    this.#countWait(askedAtMs);
    const leftMs = deadlineAtMs - this.#options.timers.nowMs();
    const left = { ...options, deadlineMs: Math.max(1, leftMs) };
    connection.execute(command, args, left).then(
      (value) => settle({ ok: true, value }),
      (error: QmpError) => settle({ ok: false, error }),
    );
  }

  #onEnd(why: QmpError | undefined, isGreeted: boolean): void {
    this.#connection = undefined;
    if (why instanceof QmpConnectError && !isFull(why)) this.#down(why);
    else if (why !== undefined && !isGreeted) this.#requests.failAll(why);
    const isAnswered = why === undefined && isGreeted;
    this.#do(this.#machine.ended(isAnswered, this.#requests.size > 0, this.#options.random()));
  }

  #down(why: QmpError): void {
    this.#isUp = false;
    this.#requests.failAll(why);
    this.#options.onDown(why);
  }

  #endIfIdle(): void {
    if (this.#stopping && this.#requests.size === 0 && this.#connection === undefined) this.#abandon();
  }

  #abandon(): void {
    this.#cancelLook?.();
    void this.#connection?.close();
    this.#requests.failAll(new QmpStateError("wait for the monitor", "closed"));
    this.#idle.resolve();
  }
}

/** All threads of a stopped QEMU stand still, its guest's as well, and a guest that only just starts has not grown yet. */
function isStill(obstacle: Obstacle | undefined): boolean {
  return obstacle === "stopped" || obstacle === "starting";
}

/** Others filled the queue between the look and the connection. */
function isFull({ cause }: QmpConnectError): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EAGAIN";
}
