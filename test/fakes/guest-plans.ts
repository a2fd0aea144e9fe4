/** Plans of simulated guests and hosts for tests: sensible defaults, everything can be overridden. */
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { GuestPlan, HostPlan, Phase, Scenario } from "../../host/src/simulate/scenario.ts";
import { guest, host, work } from "../../host/src/simulate/scenarios/scenario-builder.ts";

/** A guest that holds 100 MiB and does nothing in particular. */
export function aPhase(override: Partial<Phase> = {}): Phase {
  const [phase] = work({ anonBytes: 100 * MIB, touchBytesPerSecond: 200 * MIB });
  if (phase === undefined) throw new RangeError("no phase");
  return { ...phase, ...override };
}

/** A Linux guest of 1 GiB without swap that has been running for long. */
export function aPlan(override: Partial<GuestPlan> = {}): GuestPlan {
  return guest("g1", GIB, [aPhase()], { missUs: 100, ...override });
}

export function aHostPlan(override: Partial<HostPlan> = {}): HostPlan {
  return host(8 * GIB, GIB, { swapBytes: 0, ...override });
}

/** A minute of one guest on a roomy host. */
export function aScenario(override: Partial<Scenario> = {}): Scenario {
  return {
    name: "test",
    title: "a test's world",
    description: "",
    durationMs: 60_000,
    warmUpMs: 0,
    host: aHostPlan(),
    guests: [aPlan()],
    accounting: "strict",
    ...override,
  };
}
