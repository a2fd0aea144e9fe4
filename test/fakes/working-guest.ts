/** A guest behind a fake QEMU whose programs work with memory, with an agent that tells the truth and demands, all written down. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { RunRecorder } from "../testbed/promises/run-record.ts";
import { FakeAgentPort } from "./fake-agent-port.ts";
import type { FakeGuestMonitor } from "./fake-guest-monitor.ts";
import { FakeQemu } from "./fake-qemu.ts";
import { TellingAgent } from "./telling-agent.ts";

/** Its programs and its agent do something at each step. */
export const STEP_MS = 20;
/** 400 MB/s: a program that does more with its memory than filling it. */
const GROWTH_BYTES = 8 * MIB;
/** Idle programs and the kernel. */
export const IDLE_BYTES = 100 * MIB;
/** The kernel hands out no more than this. */
const KEPT_BYTES = 12 * MIB;
/** A program that gets no memory in so many steps (five seconds) is killed: long, so that a busy machine alone kills none. */
const PATIENCE_STEPS = 250;
/**
 * As a real driver deflates. A move must end before the next broker is there, which is told no target by QEMU: systemd starts it after 2 s,
 * these tests at once.
 */
const BALLOON_BYTES_PER_SECOND = 2 * GIB;

export interface WorkingGuestOptions {
  readonly name: string;
  readonly folder: string;
  readonly run: RunRecorder;
  readonly memoryMib?: number;
  readonly minMib?: number;
}

export class WorkingGuest {
  readonly name: string;
  readonly qmpPath: string;
  readonly agentPath: string;
  readonly agent: TellingAgent;
  readonly minMib: number;
  /** What its programs want to use. */
  wantedBytes = IDLE_BYTES;
  /** Killed programs. */
  kills = 0;
  /** A paused or hung guest does nothing. */
  isRunning = true;
  readonly #run: RunRecorder;
  #memoryBytes: number;
  #qemu: FakeQemu;
  #hungrySteps = 0;
  #sizeBytes = 0;
  #usedBytes = 0;

  /** Runs until the test ends. */
  static async start(options: WorkingGuestOptions): Promise<WorkingGuest> {
    const { name, folder, run, memoryMib = 512, minMib = 128 } = options;
    const qmpPath = join(folder, `${name}.qmp`);
    const qemu = await startQemu(qmpPath, name, memoryMib * MIB, run);
    const port = await FakeAgentPort.listen(join(folder, `${name}.agent`));
    const working = new WorkingGuest({ ...options, minMib }, qemu, port);
    working.#noteLimits();
    run.watch(() => working.#look());
    const timer = setInterval(() => working.#step(), STEP_MS);
    onTestFinished(async () => {
      clearInterval(timer);
      await working.#qemu.close();
    });
    return working;
  }

  private constructor(
    options: WorkingGuestOptions & { readonly minMib: number },
    qemu: FakeQemu,
    port: FakeAgentPort,
  ) {
    const { name, folder, run, minMib } = options;
    this.name = name;
    this.#run = run;
    this.minMib = minMib;
    this.#qemu = qemu;
    this.#memoryBytes = qemu.machine.memoryBytes;
    this.qmpPath = qemu.path;
    this.agentPath = join(folder, `${name}.agent`);
    this.agent = new TellingAgent(
      port,
      () => ({
        sizeBytes: this.machine.actualBytes,
        fullBytes: this.#memoryBytes,
        usedBytes: this.machine.usedBytes,
        lackedBytes: this.lackedBytes,
      }),
      () => run.note({ kind: "news", guest: name }),
    );
  }

  get qemu(): FakeQemu {
    return this.#qemu;
  }

  get machine(): FakeGuestMonitor {
    return this.#qemu.machine;
  }

  /** What its programs still want. */
  get lackedBytes(): number {
    return Math.max(0, this.wantedBytes - this.machine.usedBytes);
  }

  /** Its programs have all that they want. */
  get isServed(): boolean {
    return this.isRunning && this.lackedBytes === 0;
  }

  /** The guest starts anew: its programs are gone, its driver and its agent are not there yet. */
  reboot(): void {
    this.#qemu.reset();
    this.#booted();
  }

  /** Driver and agent are loaded. */
  bootedUp(bootId: string): void {
    this.machine.boot();
    this.agent.start(bootId);
  }

  /** QEMU ends, and its sockets with it. */
  async powerOff(): Promise<void> {
    this.isRunning = false;
    this.agent.end();
    this.#run.note({ kind: "lost", part: "guest", guest: this.name });
    await this.#qemu.close();
    this.#run.note({ kind: "off", guest: this.name });
  }

  /** A new QEMU with a new guest behind the same socket, which may be of another size. */
  async powerOn(bootId: string, memoryMib = this.#memoryBytes / MIB): Promise<void> {
    this.#memoryBytes = memoryMib * MIB;
    this.#noteLimits();
    this.#qemu = await startQemu(this.qmpPath, this.name, this.#memoryBytes, this.#run);
    this.isRunning = true;
    this.#sizeBytes = 0;
    this.#booted();
    this.#run.note({ kind: "back", part: "guest", guest: this.name });
    this.agent.start(bootId);
  }

  /** Its agent's process is killed, or stopped. */
  loseAgent(how: "killed" | "stopped"): void {
    if (how === "killed") this.agent.end();
    else this.agent.stop();
    this.#run.note({ kind: "lost", part: "agent", guest: this.name });
  }

  /** A new process, or the stopped one goes on. */
  agentBack(how: "started" | "continued"): void {
    if (how === "started") this.agent.start();
    else this.agent.resume();
    this.#run.note({ kind: "back", part: "agent", guest: this.name });
  }

  /** Stops all of the guest's processors; QEMU says so or, for a guest that hangs, does not. */
  pause(runStatus = "paused"): void {
    this.isRunning = false;
    this.agent.stop();
    this.machine.runStatus = runStatus;
    this.#run.note({ kind: "lost", part: "guest", guest: this.name });
    if (runStatus === "paused") this.#qemu.emit("STOP");
  }

  /** Its memory is on its way to another host: it runs on. */
  migrate(): void {
    this.machine.migration = "active";
    this.#run.note({ kind: "lost", part: "guest", guest: this.name });
  }

  /** The broker loses its monitor by what `how` does. */
  loseMonitor(how: () => void): void {
    this.#run.note({ kind: "lost", part: "monitor", guest: this.name });
    how();
  }

  monitorBack(how: () => void): void {
    how();
    this.#run.note({ kind: "back", part: "monitor", guest: this.name });
  }

  resume(): void {
    this.isRunning = true;
    this.agent.resume();
    this.machine.runStatus = "running";
    this.#run.note({ kind: "back", part: "guest", guest: this.name });
    this.#qemu.emit("RESUME");
  }

  /** Its programs want something else from now on. */
  work(wantedMib: number): void {
    this.wantedBytes = wantedMib * MIB;
  }

  #noteLimits(): void {
    const limits = { minBytes: this.minMib * MIB, maxBytes: this.#memoryBytes };
    this.#run.note({ kind: "guest", guest: this.name, ...limits });
  }

  #booted(): void {
    this.agent.end();
    this.wantedBytes = IDLE_BYTES;
    this.machine.usedBytes = IDLE_BYTES;
    this.#run.note({ kind: "boot", guest: this.name });
    this.#look();
  }

  #step(): void {
    if (this.isRunning) {
      this.#use();
      this.agent.step(STEP_MS);
    }
    this.#look();
  }

  #use(): void {
    const { machine } = this;
    const leftBytes = Math.max(0, machine.actualBytes - KEPT_BYTES - machine.usedBytes);
    const grownBytes = Math.min(this.lackedBytes, GROWTH_BYTES, leftBytes);
    if (machine.usedBytes > this.wantedBytes) machine.usedBytes = this.wantedBytes;
    else machine.usedBytes += grownBytes;
    const isHungry = (this.lackedBytes > 0 && grownBytes === 0) || machine.usedBytes > machine.actualBytes;
    this.#hungrySteps = isHungry ? this.#hungrySteps + 1 : 0;
    if (this.#hungrySteps > PATIENCE_STEPS) this.#kill();
  }

  #kill(): void {
    this.#run.note({ kind: "kill", guest: this.name, lackedBytes: this.lackedBytes });
    this.kills += 1;
    this.#hungrySteps = 0;
    this.wantedBytes = IDLE_BYTES;
    this.machine.usedBytes = IDLE_BYTES;
  }

  /** What changed is written down. */
  #look(): void {
    const { actualBytes, usedBytes } = this.machine;
    if (actualBytes !== this.#sizeBytes)
      this.#run.note({ kind: "size", guest: this.name, bytes: actualBytes });
    if (usedBytes !== this.#usedBytes) this.#run.note({ kind: "use", guest: this.name, bytes: usedBytes });
    this.#sizeBytes = actualBytes;
    this.#usedBytes = usedBytes;
  }
}

/** Its driver gives no statistics: all that is known of the guest is what its agent says. */
function startQemu(path: string, name: string, memoryBytes: number, run: RunRecorder): Promise<FakeQemu> {
  return FakeQemu.start({
    path,
    memoryBytes,
    usedBytes: IDLE_BYTES,
    statsFrozen: true,
    balloonBytesPerSecond: BALLOON_BYTES_PER_SECOND,
    onBalloon: (bytes) => run.note({ kind: "target", guest: name, bytes }),
  });
}
