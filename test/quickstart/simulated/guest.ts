/** Owns one simulated guest: a fake QEMU and the real agent's code, each behind its socket, over a simulated memory. */
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { FramedChannel } from "../../../guest/src/link/framed-channel.ts";
import { Agent } from "../../../guest/src/session/agent.ts";
import { FakeQemu } from "../../fakes/fake-qemu.ts";
import type { BurstRun, StageGuest } from "../stage.ts";
import { SimulatedMemory } from "./memory.ts";
import { PortLink } from "./port-link.ts";

const STEP_MS = 10;
/** As measured on real guests (18 GiB guest: 0.9 GiB/s down, 2.1 up); the slower one for both. */
const BALLOON_BYTES_PER_SECOND = 0.9 * 1024 ** 3;
const NONCE_BYTES = 8;
const silentLog = { write: () => {} };

/** What a simulated guest is made with. */
export interface SimulatedGuestOptions {
  readonly name: string;
  readonly folder: string;
  readonly fullBytes: number;
  /** File content that is not read any more. */
  readonly cacheBytes: number;
}

/** A guest that runs in this process, in real time. */
export class SimulatedGuest implements StageGuest {
  readonly name: string;
  readonly qmpPath: string;
  readonly agentPath: string;
  readonly #memory: SimulatedMemory;
  readonly #qemu: FakeQemu;
  readonly #agent: Agent;
  readonly #clock: NodeJS.Timeout;
  #passedMs = performance.now();

  static async start(options: SimulatedGuestOptions): Promise<SimulatedGuest> {
    const { name, folder, fullBytes } = options;
    const qemu = await FakeQemu.start({
      path: join(folder, `${name}.qmp`),
      memoryBytes: fullBytes,
      balloonBytesPerSecond: BALLOON_BYTES_PER_SECOND,
    });
    const link = await PortLink.listen(join(folder, `${name}.agent`));
    return new SimulatedGuest(options, qemu, link);
  }

  private constructor(options: SimulatedGuestOptions, qemu: FakeQemu, link: PortLink) {
    this.name = options.name;
    this.qmpPath = join(options.folder, `${options.name}.qmp`);
    this.agentPath = join(options.folder, `${options.name}.agent`);
    this.#memory = new SimulatedMemory(options.fullBytes, options.cacheBytes);
    this.#qemu = qemu;
    this.#agent = this.#makeAgent(link);
    this.#clock = setInterval(() => this.#pass(), STEP_MS);
    this.#agent.start();
  }

  heldBytes(): number {
    return this.#memory.heldBytes;
  }

  async oomKills(): Promise<number> {
    return this.#memory.seen.oomKills;
  }

  async startBurst(burst: Parameters<StageGuest["startBurst"]>[0]): Promise<BurstRun> {
    this.#memory.start(burst);
    return { status: async () => this.#memory.programStatus };
  }

  /** Ends it and its sockets. */
  async stop(): Promise<void> {
    clearInterval(this.#clock);
    this.#agent.stop();
    await this.#qemu.close();
  }

  #makeAgent(link: PortLink): Agent {
    return new Agent(
      {
        nowMs: () => Math.round(performance.now()),
        schedule: (ms, task) => {
          const timer = setTimeout(task, ms);
          return () => clearTimeout(timer);
        },
        sampler: { read: (nowMs) => this.#sample(nowMs) },
        channel: new FramedChannel(link, silentLog),
        log: silentLog,
        newNonce: () => randomBytes(NONCE_BYTES).toString("hex"),
        cpuUs: () => 0,
      },
      {
        bootId: randomUUID(),
        os: "linux",
        osVersion: "simulated",
        agentVersion: "simulated",
        traits: this.#memory.seen.traits,
        capabilities: ["pressure-stall", "refaults", "balloon-size"],
      },
    );
  }

  #sample(nowMs: number): ReturnType<SimulatedMemory["seen"]["sample"]> {
    this.#pass();
    return this.#memory.seen.sample(nowMs);
  }

  #pass(): void {
    const nowMs = performance.now();
    const { machine } = this.#qemu;
    this.#memory.pass(nowMs - this.#passedMs, machine.actualBytes);
    this.#passedMs = nowMs;
    machine.usedBytes = this.#memory.seen.anonymousBytes;
    machine.setStats({ oomKills: this.#memory.seen.oomKills });
  }
}
