/** Plays an agent's guest in virtual time, millisecond by millisecond, with a host that helps, refuses or is unacknowledged. */
import { onTestFinished } from "vitest";
import { clamp, GIB } from "../../host/src/model/bytes.ts";
import { type Kernel, PAGE_BYTES } from "../../host/src/simulate/guest/kernel.ts";
import { AgentOnFiles, type AgentSetup, type Look } from "./agent-on-files.ts";

/** Speeds of a real balloon driver. */
const INFLATE_BYTES_PER_MS = pages((0.9 * GIB) / 1000);
const DEFLATE_BYTES_PER_MS = pages((2.1 * GIB) / 1000);

export interface Scene extends AgentSetup {
  /** Size of the balloon at the beginning. */
  readonly balloonBytes?: number;
  readonly anonBytes: number;
  readonly durationMs: number;
  /** The balloon grows to a size from a moment on. */
  readonly inflate?: Inflation | readonly Inflation[];
  /** What happens in the guest in each millisecond; sizes must stay whole pages. */
  readonly each?: (kernel: Kernel, nowMs: number) => void;
  /** Said to the agent just before a look, e.g. that the balloon will grow. */
  readonly beforeLook?: (agent: AgentOnFiles, nowMs: number) => void;
  /** From a call to its answer; absent: nobody answers. */
  readonly answerMs?: number;
  readonly answer?: "grant" | "refuse";
}

export interface Inflation {
  readonly fromMs: number;
  readonly toBytes: number;
}

/** A look with its time, and what the guest had left at its least until then. */
export interface TimedLook extends Look {
  readonly atMs: number;
}

export interface Played {
  readonly looks: readonly TimedLook[];
  readonly lowestAvailableBytes: number;
}

/** Whole pages. */
export function pages(bytes: number): number {
  return Math.round(bytes / PAGE_BYTES) * PAGE_BYTES;
}

export function play(scene: Scene): Played {
  const agent = new AgentOnFiles(scene);
  onTestFinished(() => agent.close());
  return new Play(agent, scene).run();
}

class Play {
  readonly #kernel: Kernel;
  readonly #agent: AgentOnFiles;
  readonly #scene: Scene;
  readonly #looks: TimedLook[] = [];
  readonly #due: { readonly atMs: number; readonly happen: () => void }[] = [];
  #balloonTargetBytes: number;
  #refusalWaits = false;

  constructor(agent: AgentOnFiles, scene: Scene) {
    const { kernel } = agent;
    this.#kernel = kernel;
    this.#agent = agent;
    this.#scene = scene;
    kernel.balloonBytes = pages(scene.balloonBytes ?? 0);
    kernel.anonBytes = pages(scene.anonBytes);
    this.#balloonTargetBytes = kernel.balloonBytes;
  }

  run(): Played {
    let nextMs = 0;
    let lowestAvailableBytes = this.#kernel.availableBytes;
    for (let nowMs = 0; nowMs < this.#scene.durationMs; nowMs++) {
      this.#live(nowMs);
      lowestAvailableBytes = Math.min(lowestAvailableBytes, this.#kernel.availableBytes);
      if (nowMs >= nextMs) nextMs = nowMs + this.#look(nowMs);
    }
    return { looks: this.#looks, lowestAvailableBytes };
  }

  #live(nowMs: number): void {
    this.#scene.each?.(this.#kernel, nowMs);
    while (this.#due[0] !== undefined && this.#due[0].atMs <= nowMs) this.#due.shift()?.happen();
    for (const { fromMs, toBytes } of [this.#scene.inflate ?? []].flat())
      if (fromMs === nowMs) this.#balloonTargetBytes = pages(toBytes);
    const gapBytes = this.#balloonTargetBytes - this.#kernel.balloonBytes;
    const grown = this.#kernel.takeForBalloon(clamp(gapBytes, 0, INFLATE_BYTES_PER_MS));
    this.#kernel.balloonBytes += grown + clamp(gapBytes, -DEFLATE_BYTES_PER_MS, 0);
  }

  #look(nowMs: number): number {
    this.#scene.beforeLook?.(this.#agent, nowMs);
    if (this.#refusalWaits) this.#agent.refused();
    this.#refusalWaits = false;
    const look = this.#agent.look(nowMs);
    this.#looks.push({ ...look, atMs: nowMs });
    if (look.demand !== undefined) this.#answer(nowMs, look.demand.needBytes ?? 0);
    return look.nextMs;
  }

  #answer(nowMs: number, needBytes: number): void {
    const { answerMs, answer = "grant" } = this.#scene;
    if (answerMs === undefined) return;
    const askedAtBytes = this.#kernel.balloonBytes;
    const happen = () => {
      if (answer === "refuse") this.#refusalWaits = true;
      else this.#balloonTargetBytes = clamp(pages(askedAtBytes - needBytes), 0, this.#balloonTargetBytes);
    };
    this.#due.push({ atMs: nowMs + answerMs, happen });
  }
}
