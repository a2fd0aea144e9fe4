/** Ballast in a simulated world, with every decision kept for a property to judge. */
import { sum } from "../../../host/src/model/bytes.ts";
import type { GuestDemand } from "../../../host/src/model/guest.ts";
import type { Plan } from "../../../host/src/model/plan.ts";
import type { PolicySettings } from "../../../host/src/model/settings.ts";
import type { Controller, GuestView, WorldView } from "../../../host/src/simulate/controller.ts";
import { Ballast } from "../../../host/src/simulate/controllers/ballast.ts";
import type { Scenario } from "../../../host/src/simulate/scenario.ts";
import { Measure, type Outcome } from "../../../host/src/simulate/world/measure.ts";
import { splitOf, splittableBytes } from "../../../host/src/simulate/world/split.ts";
import { World } from "../../../host/src/simulate/world/world.ts";
import { isSilent, type Lie, lied } from "./lies.ts";

const MEASURE_EVERY_MS = 1000;

/** One command with what stood before it. */
export interface Command {
  readonly name: string;
  readonly fromBytes: number;
  readonly toBytes: number;
  /** What the guest's kernel and programs really have in use, or had when an honest agent reported last, whichever is less. */
  readonly inUseBytes: number;
}

/** One tick, demand or boot with the commands that it led to. */
export interface Decision {
  readonly atMs: number;
  readonly kind: "tick" | "demand" | "boot";
  readonly commands: readonly Command[];
  /** What guests might take without asking, before and after. */
  readonly promisedBeforeBytes: number;
  readonly promisedAfterBytes: number;
  /** Of a tick. */
  readonly plan: Plan | undefined;
}

/** Writes down what Ballast does. */
export class WatchedBallast implements Controller {
  readonly name = "watched";
  readonly tickMs: number;
  readonly decisions: Decision[] = [];
  /** The world that is watched, once there is one. */
  world: World | undefined;
  readonly #ballast: Ballast;

  readonly #lie: Lie | undefined;

  /** `lie` is what the first guest tells. */
  constructor(accounting: Scenario["accounting"], overrides: Partial<PolicySettings>, lie?: Lie) {
    this.#lie = lie;
    this.#ballast = new Ballast(accounting, overrides);
    this.tickMs = this.#ballast.tickMs;
  }

  tick(world: WorldView): number {
    this.#demandFalsely(world);
    return this.#watch("tick", world, (watched) => this.#ballast.tick(watched));
  }

  #demandFalsely(world: WorldView): void {
    const [liar] = world.guests;
    const demand = liar?.agentConnected === true ? this.#lie?.demand?.(liar, world.nowMs) : undefined;
    if (liar === undefined || demand === undefined) return;
    this.demanded(world, liar.name, { receivedAtMs: world.nowMs, sequence: 0, ...demand });
  }

  #seen(world: WorldView): readonly GuestView[] {
    const lie = this.#lie;
    if (lie === undefined) return world.guests;
    return world.guests.map((view, i) => (i === 0 ? lied(lie, view, world.nowMs) : view));
  }

  demanded(world: WorldView, name: string, demand: GuestDemand): void {
    // A guest without agent has none that demands.
    if (this.#lie !== undefined && isSilent(this.#lie) && name === world.guests[0]?.name) return;
    this.#watch("demand", world, (watched) => this.#ballast.demanded(watched, name, demand));
  }

  booted(world: WorldView, name: string): void {
    this.#watch("boot", world, (watched) => this.#ballast.booted(watched, name));
  }

  #inUseBytes(name: string): number {
    const guest = this.world?.guests.find((each) => each.name === name);
    if (guest === undefined) return 0;
    const { kernel, plan } = guest.guest;
    const { balloonBytes = 0, availableBytes = 0 } = guest.report ?? {};
    const reportedBytes =
      guest.report === undefined ? plan.fullBytes : plan.fullBytes - balloonBytes - availableBytes;
    return Math.min(kernel.fixedBytes + kernel.anonBytes, reportedBytes);
  }

  #watch<T>(kind: Decision["kind"], world: WorldView, act: (watched: WorldView) => T): T {
    const commands: Command[] = [];
    // What a guest takes by itself meanwhile (deflate-on-oom) is no promise.
    const sizes = new Map(world.guests.map(({ name, actualBytes }) => [name, actualBytes]));
    const promisedBeforeBytes = promised(world.guests, sizes);
    const result = act({
      nowMs: world.nowMs,
      host: world.host,
      guests: this.#seen(world),
      tickWithin: (delayMs) => world.tickWithin(delayMs),
      answer: (name, sequence, answer) => world.answer(name, sequence, answer),
      setTarget: (name, toBytes) => {
        const guest = world.guests.find((view) => view.name === name);
        commands.push({
          name,
          fromBytes: guest?.targetBytes ?? guest?.actualBytes ?? 0,
          toBytes,
          inUseBytes: this.#inUseBytes(name),
        });
        world.setTarget(name, toBytes);
      },
    });
    this.decisions.push({
      atMs: world.nowMs,
      kind,
      commands,
      promisedBeforeBytes,
      promisedAfterBytes: promised(world.guests, sizes),
      plan: kind === "tick" ? this.#ballast.plan : undefined,
    });
    return result;
  }
}

function promised(guests: readonly GuestView[], sizes: ReadonlyMap<string, number>): number {
  const running = guests.filter(({ bootedAtMs }) => bootedAtMs !== undefined);
  return sum(running, ({ name, targetBytes }) => Math.max(sizes.get(name) ?? 0, targetBytes ?? 0));
}

/** What became of a world. */
export interface Life {
  readonly decisions: readonly Decision[];
  readonly outcome: Outcome;
  readonly world: World;
}

/** Lets Ballast govern a world to its end; guests begin with their share of what can be split. */
export function live(scenario: Scenario, overrides: Partial<PolicySettings> = {}, lie?: Lie): Life {
  const ballast = new WatchedBallast(scenario.accounting, overrides, lie);
  const split = splitOf(scenario.guests, splittableBytes(scenario));
  const world = new World(scenario, ballast, split);
  ballast.world = world;
  const measure = new Measure(split);
  world.run(MEASURE_EVERY_MS, () => measure.look(world));
  return { decisions: ballast.decisions, outcome: measure.outcome(world), world };
}
