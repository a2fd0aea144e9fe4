/** The real agent with its real reader and the real wire, in a guest whose kernel is simulated. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DemandFields, Message, ReportFields } from "@ballast/proto";
import { FramedChannel } from "../../guest/src/link/framed-channel.ts";
import { LinuxReader } from "../../guest/src/sample/read-linux.ts";
import { Agent } from "../../guest/src/session/agent.ts";
import { DEFAULT_TUNING } from "../../host/src/model/settings.ts";
import { Guest } from "../../host/src/simulate/guest/guest.ts";
import type { Kernel } from "../../host/src/simulate/guest/kernel.ts";
import { aPlan } from "../fakes/guest-plans.ts";
import { KernelFiles } from "../fakes/kernel-files.ts";
import { ScriptedLink } from "../fakes/scripted-link.ts";

/** What its hardware is capable of. */
const TOUCH_BYTES_PER_SECOND = 1024 * 1024 * 1024;

/** What one look at the guest led to. */
export interface Look {
  /** Whether all figures were read, and not the first lines of meminfo alone. */
  readonly isWhole: boolean;
  readonly nextMs: number;
  readonly report: ReportFields | undefined;
  readonly demand: DemandFields | undefined;
}

export interface AgentSetup {
  readonly fullBytes: number;
  readonly swapBytes?: number;
  readonly deflateOnOom?: boolean;
}

const SILENT_LOG = { write: () => {} };
const NOTHING = { meminfo: {}, counters: undefined, slow: {} };

/** A guest's kernel, and an agent with a session that lives and is driven by hand. */
export class AgentOnFiles {
  readonly kernel: Kernel;
  readonly #folder = mkdtempSync(join(tmpdir(), "agent-"));
  readonly #link = new ScriptedLink({ heartbeatMs: DEFAULT_TUNING.staleAfterMs / 4 });
  readonly #files: KernelFiles;
  readonly #reader: LinuxReader;
  readonly #agent: Agent;
  #nowMs = 0;
  #reads = 0;
  /** Until a session lives the agent sees nothing: its life begins with its first session. */
  #isLive = false;

  constructor(setup: AgentSetup) {
    const { kernel } = new Guest(aPlan(setup));
    this.kernel = kernel;
    this.#files = new KernelFiles(this.#folder, setup.deflateOnOom ?? false);
    this.#reader = new LinuxReader(this.#files.roots);
    const read = (nowMs: number, urgent: boolean) => {
      if (!this.#isLive) return { ...NOTHING, sampledAtMs: nowMs };
      this.#files.write(kernel);
      this.#reads++;
      return this.#reader.read(nowMs, urgent);
    };
    const isUnchanged = (nowMs: number, isLasting: boolean) => {
      this.#files.write(kernel);
      return this.#reader.isUnchanged(nowMs, isLasting);
    };
    this.#agent = new Agent(
      {
        nowMs: () => this.#nowMs,
        schedule: () => () => {},
        sampler: { read, isUnchanged },
        watch: () => {},
        channel: new FramedChannel(this.#link, SILENT_LOG),
        log: SILENT_LOG,
        newNonce: () => "00000000000000b2",
        cpuUs: () => 0,
      },
      {
        bootId: "boot",
        os: "linux",
        osVersion: "",
        agentVersion: "",
        traits: this.#reader.traits,
        capabilities: [],
        touchBytesPerSecond: TOUCH_BYTES_PER_SECOND,
      },
    );
    this.#shakeHands();
  }

  look(nowMs: number): Look {
    this.#nowMs = nowMs;
    // As the watch does.
    if (this.#link.hasWords) this.#agent.hear();
    const reads = this.#reads;
    const nextMs = this.#agent.tick();
    const heard = this.#link.take();
    return {
      isWhole: this.#reads > reads,
      nextMs,
      report: find(heard, "report"),
      demand: find(heard, "demand"),
    };
  }

  refused(): void {
    this.#link.say({
      type: "demand-reply",
      demandSequence: 1,
      outcome: "refused",
      grantedBytes: 0,
      targetBytes: 0,
    });
  }

  noticed(inflateBytes: number): void {
    this.#link.say({ type: "inflation-notice", inflateBytes });
  }

  /** The host comes back after it was away. */
  reconnected(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#link.generation += 1;
    this.#isLive = false;
    this.#shakeHands();
  }

  close(): void {
    this.#reader.close();
    this.#files.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** The Hello goes out with one tick, and the Welcome is heard with the next. */
  #shakeHands(): void {
    this.#agent.tick();
    this.#isLive = true;
    this.#link.take();
  }
}

function find<Type extends Message["type"]>(
  messages: readonly Message[],
  type: Type,
): Extract<Message, { type: Type }> | undefined {
  return messages.find((message): message is Extract<Message, { type: Type }> => message.type === type);
}
