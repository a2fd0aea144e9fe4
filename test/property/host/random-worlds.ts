/** Random worlds for the policy: guests with all their habits, on hosts from too small to roomy. */
import fc from "fast-check";
import { GIB, MIB, sum } from "../../../host/src/model/bytes.ts";
import { overheadBytes } from "../../../host/src/simulate/guest/guest.ts";
import { fixedBytes } from "../../../host/src/simulate/guest/kernel.ts";
import type {
  AgentPlan,
  DriverPlan,
  GuestPlan,
  Phase,
  Scenario,
} from "../../../host/src/simulate/scenario.ts";
import { guestNeedBytes } from "../../../host/src/simulate/scenarios/needs.ts";
import { guest, HONEST, host, WORKING } from "../../../host/src/simulate/scenarios/scenario-builder.ts";

const OWN_BYTES = GIB;

/** How guests may differ from honest ones with everything in order. */
export interface Habits {
  /** Loads change. */
  readonly restless: boolean;
  /** Liars, hoarders, lost agents, guests without one; stuck and missing drivers; reboots. */
  readonly troubled: boolean;
  /** Files are read once and never again. */
  readonly streams: boolean;
}

const usually = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

/** In percent of what a guest can have. */
const loadArbitrary = fc.record({
  anonPercent: fc.integer({ min: 2, max: 80 }),
  hotPercent: usually(0, 5, 20),
  touchMib: fc.integer({ min: 20, max: 1000 }),
  streamMib: usually(0, 5, 50),
  busy: fc.boolean(),
});
type Load = typeof loadArbitrary extends fc.Arbitrary<infer T> ? T : never;

function phase(
  { anonPercent, hotPercent, touchMib, streamMib, busy }: Load,
  spareBytes: number,
  fromMs: number,
) {
  // Together never more than the guest can hold.
  const anonBytes = Math.floor((spareBytes * anonPercent * (90 - hotPercent)) / 9000);
  const hotBytes = Math.floor((spareBytes * hotPercent) / 100);
  return {
    fromMs,
    anonBytes,
    touchBytesPerSecond: touchMib * MIB,
    hotBytes,
    readsPerSecond: hotBytes > 0 ? 10_000 : 0,
    streamBytesPerSecond: streamMib * MIB,
    busy,
  } satisfies Phase;
}

const silences = fc.record({ fromS: fc.integer({ min: 5, max: 60 }), forS: fc.integer({ min: 2, max: 60 }) });
const agentArbitrary: fc.Arbitrary<AgentPlan> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(HONEST) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<AgentPlan["kind"]>("none", "liar", "hoarder")
      .map((kind) => ({ kind, silent: [] })),
  },
  {
    weight: 1,
    arbitrary: silences.map(
      ({ fromS, forS }): AgentPlan => ({
        kind: "honest",
        silent: [{ fromMs: fromS * 1000, toMs: (fromS + forS) * 1000 }],
      }),
    ),
  },
);

const troublesArbitrary = fc.record({
  agent: agentArbitrary,
  driver: usually<DriverPlan>(WORKING, { ...WORKING, kind: "stuck" }, { ...WORKING, kind: "missing" }),
  deflateOnOom: usually(false, true),
  freePageReporting: usually(true, false),
  swapMib: usually(0, 512),
  staleCacheMib: usually(0, 256),
  windows: usually(false, true),
  rebootAtS: usually<number | undefined>(undefined, 20, 50),
});

function guestArbitrary(habits: Habits): fc.Arbitrary<Omit<GuestPlan, "name">> {
  return fc
    .record({
      fullMib: fc.integer({ min: 1024, max: 16_384 }),
      minPercent: fc.integer({ min: 5, max: 60 }),
      shares: fc.constantFrom(500, 1000, 2000),
      loads: fc.array(loadArbitrary, { minLength: 1, maxLength: habits.restless ? 4 : 1 }),
      phaseMs: fc.integer({ min: 8000, max: 40_000 }),
      troubles: troublesArbitrary,
    })
    .map(({ fullMib, minPercent, shares, loads, phaseMs, troubles }) => {
      const os = habits.troubled && troubles.windows && fullMib > 4096 ? "windows" : "linux";
      const fullBytes = fullMib * MIB;
      const spareBytes = fullBytes - fixedBytes({ fullBytes, os });
      const phases = loads.map((load, i) =>
        phase(habits.streams ? load : { ...load, streamMib: 0 }, spareBytes, i * phaseMs),
      );
      const odd = habits.troubled
        ? {
            agent: troubles.agent,
            driver: troubles.driver,
            deflateOnOom: troubles.deflateOnOom,
            freePageReporting: troubles.freePageReporting,
            swapBytes: troubles.swapMib * MIB,
            staleCacheBytes: troubles.staleCacheMib * MIB,
            rebootsAtMs: troubles.rebootAtS === undefined ? [] : [troubles.rebootAtS * 1000],
          }
        : {};
      return guest("", fullBytes, phases, {
        os,
        shares,
        minBytes: Math.floor((fullMib * minPercent) / 100) * MIB,
        ...odd,
      });
    });
}

/** Worlds of up to six guests, on hosts that have so many percent of what they need at most (never less than their guarantees). */
export function worldArbitrary(
  habits: Habits,
  [leastPercent, mostPercent]: readonly [number, number],
  durationMs: number,
): fc.Arbitrary<Scenario> {
  return fc
    .record({
      plans: fc.array(guestArbitrary(habits), { minLength: 1, maxLength: 6 }),
      roomPercent: fc.integer({ min: leastPercent, max: mostPercent }),
      accounting: fc.constantFrom<Scenario["accounting"]>("strict", "resident"),
    })
    .map(({ plans, roomPercent, accounting }) => {
      const guests = plans.map((plan, i) => ({ ...plan, name: `g${i + 1}` }));
      const needBytes = sum(guests, mostNeededBytes);
      return {
        name: "random",
        title: "",
        description: "",
        durationMs,
        warmUpMs: 0,
        host: host(OWN_BYTES + Math.floor((needBytes * roomPercent) / 100), OWN_BYTES, { swapBytes: 0 }),
        guests,
        accounting,
      };
    });
}

/** The most that a guest ever needs, with what its guarantee adds and what QEMU holds for it. */
function mostNeededBytes(plan: GuestPlan): number {
  const most = Math.max(
    ...plan.phases.map(({ fromMs }) => guestNeedBytes(plan, Math.max(fromMs, plan.bootAtMs))),
  );
  return Math.max(plan.minBytes, most) + overheadBytes(plan);
}

/** How many of so many worlds are tried: all of them in the long suite (`BALLAST_WORLDS=1`), a tenth else. */
export function worlds(count: number): number {
  return Math.ceil(count * Number(process.env["BALLAST_WORLDS"] ?? 0.1));
}
