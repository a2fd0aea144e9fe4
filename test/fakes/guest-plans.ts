/** Plans of simulated guests and hosts for tests: sensible defaults, everything can be overridden. */
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { GuestPlan, HostPlan, Phase, Scenario } from "../../host/src/simulate/scenario.ts";

/** As measured on a real guest (KVM): 0.9 GiB/s taken, 2.1 GiB/s returned. */
export const WORKING_DRIVER = {
  kind: "working",
  inflateBytesPerSecond: 0.9 * GIB,
  deflateBytesPerSecond: 2.1 * GIB,
} as const;

/** A guest that does nothing in particular. */
export function aPhase(override: Partial<Phase> = {}): Phase {
  return {
    fromMs: 0,
    anonBytes: 100 * MIB,
    touchBytesPerSecond: 200 * MIB,
    hotBytes: 0,
    readsPerSecond: 0,
    streamBytesPerSecond: 0,
    busy: true,
    ...override,
  };
}

/** A Linux guest of 1 GiB without swap that has been running for long. */
export function aPlan(override: Partial<GuestPlan> = {}): GuestPlan {
  return {
    name: "g1",
    fullBytes: GIB,
    minBytes: 256 * MIB,
    shares: 1000,
    os: "linux",
    swapBytes: 0,
    deflateOnOom: false,
    freePageReporting: true,
    driver: WORKING_DRIVER,
    agent: { kind: "honest", silent: [] },
    bootAtMs: 0,
    rebootsAtMs: [],
    missUs: 100,
    staleCacheBytes: 0,
    staleCacheActive: false,
    phases: [aPhase()],
    ...override,
  };
}

export function aHostPlan(override: Partial<HostPlan> = {}): HostPlan {
  return {
    totalBytes: 8 * GIB,
    own: [{ fromMs: 0, bytes: GIB }],
    swapBytes: 0,
    transportMs: 2,
    qmpMs: 3,
    ...override,
  };
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
