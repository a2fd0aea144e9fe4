import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestDemand } from "../../../../../host/src/model/guest.ts";
import type { Controller, GuestView, WorldView } from "../../../../../host/src/simulate/controller.ts";
import type { GuestPlan, Scenario } from "../../../../../host/src/simulate/scenario.ts";
import { World } from "../../../../../host/src/simulate/world/world.ts";
import { aHostPlan, aPhase, aPlan, aScenario } from "../../../../fakes/guest-plans.ts";

/** Looks and commands at given times; keeps what it sees of the first guest. */
class Script implements Controller {
  readonly name = "script";
  readonly tickMs = 100;
  readonly demands: (GuestDemand & { readonly guest: string })[] = [];
  readonly boots: number[] = [];
  readonly seen: { readonly atMs: number; readonly view: GuestView }[] = [];
  readonly #targets: Readonly<Record<number, number>>;
  readonly #answer: "refused" | "all" | undefined;

  constructor(targets: Readonly<Record<number, number>> = {}, answer?: "refused" | "all") {
    this.#targets = targets;
    this.#answer = answer;
  }

  tick(world: WorldView): number {
    const [first] = world.guests;
    if (first === undefined) return this.tickMs;
    const { name, actualBytes, targetBytes, stats, report, residentBytes, swappedBytes, bootedAtMs } = first;
    const view = {
      ...first,
      name,
      actualBytes,
      targetBytes,
      stats,
      report,
      residentBytes,
      swappedBytes,
      bootedAtMs,
    };
    this.seen.push({ atMs: world.nowMs, view: { ...view, agentConnected: first.agentConnected } });
    const target = this.#targets[world.nowMs];
    if (target !== undefined) world.setTarget(name, target);
    return this.tickMs;
  }

  demanded(world: WorldView, guest: string, demand: GuestDemand): void {
    this.demands.push({ ...demand, guest });
    if (this.#answer === "all") world.setTarget(guest, GIB);
    if (this.#answer !== "refused") return;
    const nothing = { grantedBytes: 0, targetBytes: 0, reason: "demand-refused" } as const;
    world.answer(guest, demand.sequence, { outcome: "refused", ...nothing });
  }

  booted(world: WorldView): void {
    this.boots.push(world.nowMs);
  }

  /** What it saw at a time. */
  at(atMs: number): GuestView | undefined {
    return this.seen.find((look) => look.atMs === atMs)?.view;
  }
}

function play(scenario: Partial<Scenario>, script: Script, startBytes = GIB) {
  const full = aScenario(scenario);
  const world = new World(full, script, new Map(full.guests.map(({ name }) => [name, startBytes])));
  world.run(1000, () => {});
  return world;
}

function guests(...plans: Partial<GuestPlan>[]): GuestPlan[] {
  return plans.map((plan, i) => aPlan({ name: `g${i + 1}`, ...plan }));
}

describe("a balloon command", () => {
  it("takes its way through QMP before the balloon moves", () => {
    const script = new Script({ 1000: 500 * MIB });
    play({ host: aHostPlan({ qmpMs: 150 }), durationMs: 3000 }, script);
    expect(script.at(1100)).toMatchObject({ targetBytes: 500 * MIB, actualBytes: GIB });
    expect(script.at(1300)?.actualBytes).toBeLessThan(GIB);
    expect(script.at(3000)?.actualBytes).toBe(500 * MIB);
  });

  it("is written down with its direction, once for the same target", () => {
    const script = new Script({ 1000: 500 * MIB, 1100: 500 * MIB, 2000: 700 * MIB });
    expect(play({ durationMs: 3000 }, script).commands).toEqual([
      { atMs: 1000, name: "g1", change: 500 * MIB - GIB },
      { atMs: 2000, name: "g1", change: 200 * MIB },
    ]);
  });
});

describe("what a controller sees of a guest", () => {
  it("is what its process holds, and statistics as old as their polling", () => {
    const script = new Script({ 500: 700 * MIB });
    play({ durationMs: 3000 }, script);
    const { residentBytes, actualBytes, stats } = script.at(1900) ?? {};
    expect(residentBytes).toBeLessThan(actualBytes ?? 0);
    expect(residentBytes).toBeGreaterThan(200 * MIB);
    expect(stats).toMatchObject({ updatedAtMs: 0 });
    expect(script.at(2100)?.stats).toMatchObject({ updatedAtMs: 2000 });
  });

  it("has no statistics without a driver, and no report without an agent", () => {
    const script = new Script();
    const [plan] = guests({ agent: { kind: "none", silent: [] } });
    if (plan === undefined) return;
    play({ guests: [{ ...plan, driver: { ...plan.driver, kind: "missing" } }], durationMs: 1000 }, script);
    expect(script.at(1000)).toMatchObject({ stats: undefined, report: undefined, agentConnected: false });
  });

  it("tells on Windows available memory as free, and more as available", () => {
    const script = new Script();
    play(
      {
        guests: guests({ os: "windows", fullBytes: 4 * GIB, staleCacheBytes: GIB }),
        durationMs: 100,
      },
      script,
      4 * GIB,
    );
    const { freeBytes = 0, availableBytes = 0, cacheBytes = 0 } = script.at(100)?.stats ?? {};
    expect(cacheBytes).toBe(GIB);
    expect(freeBytes).toBeGreaterThan(GIB);
    expect(availableBytes).toBe(freeBytes + cacheBytes / 2);
  });
});

describe("an agent", () => {
  const needy = [aPhase(), aPhase({ fromMs: 1000, anonBytes: 860 * MIB })];

  it("arrives after its way through the transport", () => {
    const script = new Script();
    play({ host: aHostPlan({ transportMs: 350 }), durationMs: 1000 }, script);
    expect(script.at(300)?.agentConnected).toBe(false);
    expect(script.at(400)).toMatchObject({ agentConnected: true, report: { receivedAtMs: 350 } });
  });

  it("demands in time, so that what it gets saves its guest", () => {
    const script = new Script({}, "all");
    const world = play({ guests: guests({ phases: needy }), durationMs: 5000 }, script, 500 * MIB);
    expect(script.demands[0]).toMatchObject({ guest: "g1", sequence: 1 });
    expect(script.demands[0]?.availableBytes).toBeGreaterThan(10 * MIB);
    expect(world.guests[0]?.guest.work.kills).toBe(0);
  });

  it("respects a refusal", () => {
    const called = (answer?: "refused") => {
      const script = new Script({}, answer);
      play({ guests: guests({ phases: needy }), durationMs: 4000 }, script, 500 * MIB);
      return script.demands.length;
    };
    expect(called("refused")).toBeLessThan(called());
  });

  it("is missing while it is silent, and back afterwards", () => {
    const script = new Script();
    const silent = [{ fromMs: 3000, toMs: 5000 }];
    play({ guests: guests({ agent: { kind: "honest", silent } }), durationMs: 8000 }, script);
    expect(script.at(2900)?.agentConnected).toBe(true);
    expect(script.at(4900)).toMatchObject({ agentConnected: false, report: { pressure: "none" } });
    expect(script.at(5300)?.agentConnected).toBe(true);
    expect(script.at(5300)?.report?.receivedAtMs).toBeGreaterThan(5000);
  });

  it("reports all as used when it lies, and demands everything again and again when it hoards", () => {
    const [liar, hoarder] = [new Script(), new Script()];
    play({ guests: guests({ agent: { kind: "liar", silent: [] } }), durationMs: 1000 }, liar);
    expect(liar.at(500)?.report?.availableBytes).toBeLessThan(0.02 * GIB);
    play({ guests: guests({ agent: { kind: "hoarder", silent: [] } }), durationMs: 3000 }, hoarder);
    expect(hoarder.demands.length).toBeGreaterThan(3);
    expect(hoarder.demands[0]?.needBytes).toBe(GIB);
  });
});

describe("a reboot", () => {
  it("is seen as a new boot whose agent and statistics come later, with the target kept", () => {
    const script = new Script({ 1000: 500 * MIB });
    play({ guests: guests({ rebootsAtMs: [5000] }), durationMs: 25_000 }, script);
    expect(script.boots).toEqual([5000]);
    expect(script.at(5100)).toMatchObject({
      bootedAtMs: 5000,
      actualBytes: GIB,
      targetBytes: 500 * MIB,
      stats: undefined,
      report: undefined,
      agentConnected: false,
    });
    expect(script.at(10_000)).toMatchObject({ actualBytes: 500 * MIB, agentConnected: false });
    expect(script.at(20_000)).toMatchObject({ agentConnected: true });
  });

  it("comes late for a guest that is switched on later", () => {
    const script = new Script();
    play({ guests: guests({ bootAtMs: 4000 }), durationMs: 5000 }, script);
    expect(script.at(3900)?.bootedAtMs).toBeUndefined();
    expect(script.at(3900)?.residentBytes).toBe(0);
    expect(script.at(4100)).toMatchObject({ bootedAtMs: 4000, targetBytes: undefined });
  });
});

describe("a host that runs out of memory", () => {
  const small = aHostPlan({ totalBytes: 2.2 * GIB });
  const large = [aPhase(), aPhase({ fromMs: 1000, anonBytes: 800 * MIB, touchBytesPerSecond: GIB })];
  const two = guests({ phases: [aPhase({ anonBytes: 300 * MIB })] }, { phases: large });

  it("kills the guest that holds most, which is started again after half a minute", () => {
    const script = new Script();
    const world = play({ host: small, guests: two, durationMs: 60_000 }, script);
    expect(world.hostKills).toBeGreaterThanOrEqual(1);
    expect(world.guests.map(({ guest }) => guest.work.kills > 0)).toEqual([false, true]);
    expect(script.boots[0]).toBeGreaterThan(31_000);
    expect(script.boots[0]).toBeLessThan(33_000);
  });

  it("swaps where it can, and all guests are slower for it", () => {
    const world = play({ host: { ...small, swapBytes: GIB }, guests: two, durationMs: 10_000 }, new Script());
    expect(world.hostKills).toBe(0);
    expect(world.memory.shortMs).toBeGreaterThan(5000);
    const [first] = world.guests;
    expect(first?.swappedBytes).toBeGreaterThan(0);
    expect(first?.guest.work.doneMs).toBeLessThan((first?.guest.work.busyMs ?? 0) - 1000);
  });
});

describe("time", () => {
  it("causes a tick at once when the controller requests one, and not twice", () => {
    const script = new Script();
    let looks = 0;
    const controller: Controller = {
      name: "eager",
      tickMs: 5000,
      tick: (world) => {
        looks += 1;
        if (world.nowMs === 0) world.tickWithin(100);
        return script.tickMs * 50;
      },
    };
    const world = new World(aScenario({ durationMs: 5050 }), controller, new Map());
    world.run(1000, () => {});
    expect(looks).toBe(2);
  });

  it("ends with the scenario", () => {
    const script = new Script();
    expect(play({ durationMs: 2000 }, script).nowMs).toBeLessThanOrEqual(2000);
    expect(script.seen.at(-1)?.atMs).toBe(2000);
  });
});
