/** Owns one broker over a real hostile guest, a real honest one with its agent, and one whose agent is in the benchmark itself. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { DemandReply } from "@ballast/proto";
import { MIB } from "../../../host/src/model/bytes.ts";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { FakeQemu } from "../../fakes/fake-qemu.ts";
import { bootGuest } from "../../testbed/boot.ts";
import { TestBroker } from "../../testbed/broker.ts";
import type { TestGuest } from "../../testbed/guest.ts";
import { Cleanup } from "../../testbed/host.ts";
import { type AttackEnd, attackPorts, startRelay } from "../../testbed/hostile-relay.ts";
import { agentReports } from "../../testbed/scene.ts";
import { waitFor } from "../../testbed/wait.ts";
import { AgentPeer } from "../agent-peer.ts";
import { burst, squeezeTo } from "../squeeze.ts";
import type { AttackOrder } from "./attacker.ts";

const FULL_BYTES = 512 * MIB;
const LOW_BYTES = 300 * MIB;
const NEED_BYTES = 64 * MIB;
const SQUEEZED_BYTES = 200 * MIB;
/** All guests' memory, and what QEMU takes beside it: nothing is short, so each demand is met. */
const BUDGET_MIB = 4_096;
const TUNING = { holdAfterDemand: "1s", bootProtect: "1s", holdAfterTurn: "60s" };
const REPORT_EVERY_MS = 50;
const SIZE_EVERY_MS = 100;
const PATIENCE_MS = 30_000;
/** A guest that demands again sooner, and touches nothing of what it got, demands in vain (policy/learn/vain-demand). */
const BETWEEN_ASKS_MS = 10_500;
/** The agent reports what it measured with its next report. */
const REPORTED_MS = 2_500;

/** What a demand came to. */
export interface Answer {
  readonly tookMs: number;
  readonly targetBytes: number;
  readonly outcome: DemandReply["outcome"];
}

/** What a burst in the real honest guest came to. */
export interface Survival {
  readonly survived: boolean;
  readonly roundTripMs: number | undefined;
}

export class HostileScene {
  readonly broker: TestBroker;
  readonly #folder: string;
  readonly #odd: TestGuest;
  readonly #web: TestGuest;
  readonly #peer: AgentPeer;
  readonly #qemu: FakeQemu;
  readonly #cleanup: Cleanup;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  /** Boots, starts the broker, and waits until both honest agents are heard. */
  static async open(): Promise<HostileScene> {
    const cleanup = new Cleanup();
    try {
      return await HostileScene.#open(cleanup);
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  static async #open(cleanup: Cleanup): Promise<HostileScene> {
    const folder = await mkdtemp(join(tmpdir(), "bh-"));
    cleanup.add(() => rm(folder, { recursive: true, force: true }));
    const agentProgram = await packagedAgent();
    const [odd, web] = await Promise.all([
      bootGuest({
        name: "odd",
        folder,
        agent: false,
        extraArguments: attackPorts((end) => attackPath(folder, end)),
      }),
      bootGuest({ name: "web1", folder, agentProgram }),
    ]);
    cleanup.add(() => odd.stop());
    cleanup.add(() => web.stop());
    await startRelay(odd);
    const near = { name: "near", qmpPath: join(folder, "near.qmp"), agentPath: join(folder, "near.agent") };
    const qemu = await FakeQemu.start({ path: near.qmpPath, memoryBytes: FULL_BYTES });
    cleanup.add(() => qemu.close());
    const peer = await AgentPeer.listen(near.agentPath, FULL_BYTES, REPORT_EVERY_MS);
    cleanup.add(async () => peer.close());
    const broker = await TestBroker.start({
      folder,
      guests: [near, odd, web].map(({ name, qmpPath, agentPath }) => ({ name, qmpPath, agentPath })),
      budgetMib: BUDGET_MIB,
      tuning: TUNING,
    });
    cleanup.add(() => broker.stop());
    await agentReports(broker, "web1");
    await agentReports(broker, "near");
    return new HostileScene({ folder, odd, web, qemu, peer, broker, cleanup });
  }

  private constructor(parts: {
    readonly folder: string;
    readonly odd: TestGuest;
    readonly web: TestGuest;
    readonly qemu: FakeQemu;
    readonly peer: AgentPeer;
    readonly broker: TestBroker;
    readonly cleanup: Cleanup;
  }) {
    this.broker = parts.broker;
    this.#folder = parts.folder;
    this.#odd = parts.odd;
    this.#web = parts.web;
    this.#qemu = parts.qemu;
    this.#peer = parts.peer;
    this.#cleanup = parts.cleanup;
  }

  /** Attacks until the returned function is called. */
  async attack(attack: string, end: AttackEnd): Promise<() => Promise<void>> {
    const order: AttackOrder = { attack, path: attackPath(this.#folder, end), fullBytes: FULL_BYTES };
    const worker = new Worker(new URL("./attacker.ts", import.meta.url), { workerData: order });
    const timer = setInterval(() => {
      void this.#odd.balloonActual().then((bytes) => worker.postMessage(bytes));
    }, SIZE_EVERY_MS);
    return async () => {
      clearInterval(timer);
      await worker.terminate();
    };
  }

  /** A demand of the guest whose agent is here, from the same size each time. */
  async ask(): Promise<Answer> {
    const { broker } = this;
    await sleep(Math.max(0, this.#askedAtMs + BETWEEN_ASKS_MS - performance.now()));
    await broker.hold("near", LOW_BYTES);
    await waitFor("near to be small", () => this.#qemu.machine.actualBytes === LOW_BYTES, {
      timeoutMs: PATIENCE_MS,
      intervalMs: 5,
    });
    this.#peer.actualBytes = LOW_BYTES;
    await sleep(2 * REPORT_EVERY_MS);
    await broker.hold("near", "auto");
    const begin = performance.now();
    this.#askedAtMs = begin;
    const answer = await new Promise<DemandReply>((resolve) => {
      this.#peer.onAnswer = resolve;
      this.#peer.demand(NEED_BYTES);
    });
    const tookMs = performance.now() - begin;
    this.#peer.actualBytes = this.#qemu.machine.actualBytes;
    return { tookMs, targetBytes: answer.targetBytes, outcome: answer.outcome };
  }

  /** A burst in the real honest guest, at full speed from a small size. */
  async burst(): Promise<Survival> {
    await squeezeTo(this.broker, "web1", SQUEEZED_BYTES);
    const { survived } = await burst(this.#web, 0);
    await sleep(REPORTED_MS);
    const roundTripMs = await this.broker.roundTripMs("web1");
    await this.broker.hold("web1", "auto");
    return { survived, roundTripMs };
  }

  close(): Promise<void> {
    return this.#cleanup.run();
  }
}

function attackPath(folder: string, end: AttackEnd): string {
  return join(folder, `attack-${end}`);
}
