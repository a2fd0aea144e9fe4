/** Ballast itself: the broker's policy, with what the broker would see of the simulated world. */
import type { GuestDemand, GuestFacts, Inhibition } from "../../model/guest.ts";
import type { HostFacts } from "../../model/host.ts";
import type { Move, Plan } from "../../model/plan.ts";
import { DEFAULT_TUNING, type PolicySettings } from "../../model/settings.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { answerDemand } from "../../policy/answer-demand.ts";
import { decide } from "../../policy/decide.ts";
import { emptyMemory, type PolicyMemory } from "../../policy/memory.ts";
import type { Controller, ControllerMaker, GuestView, WorldView } from "../controller.ts";

const TICK_MS = 1_000;
/** While a demand is unpaid the next tick comes this soon, as in the broker. */
const OWED_TICK_MS = 100;
const HURRIED_TICK_MS = 250;
/** A guest whose driver has not answered by then has none. */
const DRIVER_BY_MS = 60_000;

/** The policy with its memory. */
export class Ballast implements Controller {
  readonly name = "ballast";
  readonly tickMs = TICK_MS;
  readonly #settings: PolicySettings;
  #memory: PolicyMemory = emptyMemory();
  /** The newest plan, for tests and reports about decisions. */
  plan: Plan | undefined;

  constructor(accounting: "resident" | "strict", overrides: Partial<PolicySettings> = {}) {
    this.#settings = {
      mode: "act",
      budget: { kind: "auto" },
      reserve: { kind: "auto" },
      accounting,
      onAgentLoss: "hold",
      tuning: DEFAULT_TUNING,
      ...overrides,
    };
  }

  tick(world: WorldView): number {
    const { plan, memory } = decide(snapshotOf(world), this.#memory, this.#settings);
    this.#memory = memory;
    this.plan = plan;
    apply(world, plan.moves);
    apply(world, plan.repeats);
    if (plan.owedBytes > 0) return OWED_TICK_MS;
    return plan.urgent ? HURRIED_TICK_MS : TICK_MS;
  }

  demanded(world: WorldView, name: string, demand: GuestDemand): void {
    const { answer, moves, memory } = answerDemand(
      snapshotOf(world),
      this.#memory,
      this.#settings,
      name,
      demand,
    );
    this.#memory = memory;
    apply(world, moves);
    world.answer(name, demand.sequence, answer);
    if (answer.outcome !== "granted") world.tickWithin(OWED_TICK_MS);
  }

  /** A booting guest gets all of its memory before its driver loads, as the broker does at a reset. */
  booted(world: WorldView, name: string): void {
    const guest = world.guests.find((view) => view.name === name);
    if (guest?.targetBytes !== undefined && guest.targetBytes < guest.limits.maxBytes)
      world.setTarget(name, guest.limits.maxBytes);
    world.tickWithin(0);
  }
}

/** Ballast with its defaults. */
export const BALLAST: ControllerMaker = {
  name: "ballast",
  title: "Ballast's policy with its default settings",
  make: ({ accounting }) => new Ballast(accounting),
};

function apply(world: WorldView, moves: readonly Move[]): void {
  for (const { name, toBytes } of moves) world.setTarget(name, toBytes);
}

/** The broker's picture of the simulated world. */
export function snapshotOf(world: WorldView): Snapshot {
  const { nowMs } = world;
  const guests: GuestFacts[] = [];
  for (const view of world.guests)
    if (view.bootedAtMs !== undefined) guests.push(factsOf(view, view.bootedAtMs, nowMs));
  return { nowMs, host: hostFacts(world), guests };
}

function hostFacts({ host }: WorldView): HostFacts {
  return {
    totalBytes: host.totalBytes,
    availableBytes: host.availableBytes + Math.max(0, host.arcBytes - host.arcMinBytes),
    psiSomeAvg10: host.psiSomeAvg10,
    ...(host.ksm !== undefined && { ksm: host.ksm }),
  };
}

function factsOf(view: GuestView, bootedAtMs: number, nowMs: number): GuestFacts {
  const { targetBytes, report, stats } = view;
  const forecast = view.forecastAt?.(nowMs);
  return {
    name: view.name,
    limits: view.limits,
    fullBytes: view.fullBytes,
    inhibitions: inhibitionsOf(view, bootedAtMs, nowMs),
    bootSeenAtMs: Math.max(0, bootedAtMs),
    balloon: {
      actualBytes: view.actualBytes,
      observedAtMs: nowMs,
      ...(targetBytes !== undefined && { targetBytes }),
    },
    processMemory: { residentBytes: view.residentBytes, swappedBytes: view.swappedBytes },
    agent: { connected: view.agentConnected, transport: "virtio-serial", osFamily: view.os },
    ...(stats !== undefined && { stats }),
    ...(report !== undefined && { report }),
    ...(forecast !== undefined && { forecast }),
  };
}

function inhibitionsOf(view: GuestView, bootedAtMs: number, nowMs: number): Inhibition[] {
  if (view.stats !== undefined) return [];
  return [nowMs - bootedAtMs < DRIVER_BY_MS ? "booting" : "no-balloon-driver"];
}
