/** Small worlds for the rules' scenarios: guests that use so much, with balloons that follow at once. */
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import type { HostFacts } from "../../../../../host/src/model/host.ts";
import type { Plan } from "../../../../../host/src/model/plan.ts";
import type { PolicySettings } from "../../../../../host/src/model/settings.ts";
import {
  emptyMemory,
  type GuestMemory,
  newGuestMemory,
  type PolicyMemory,
} from "../../../../../host/src/policy/memory.ts";
import { aGuest, aHost, type GuestShape, NOW } from "../../../../fakes/facts.ts";
import type { Policy } from "./switch.ts";

/** What is remembered of guests, by name; the rest is as of a guest that was never seen. */
export function remembering(
  guests: Readonly<Record<string, Partial<GuestMemory>>>,
  others: Partial<PolicyMemory> = {},
): PolicyMemory {
  const entries = Object.entries(guests).map(
    ([name, known]) => [name, { ...newGuestMemory(0), overheadBytes: 0, ...known }] as const,
  );
  return { ...emptyMemory(), ...others, guests: new Map(entries) };
}

/** One decision on these guests. */
export function decideOn(
  { decide }: Policy,
  guests: readonly GuestFacts[],
  settings: PolicySettings,
  memory: PolicyMemory = emptyMemory(),
  host: Partial<HostFacts> = {},
): Plan {
  return decide({ nowMs: NOW, host: aHost(host), guests }, memory, settings).plan;
}

/** A guest that uses so much, whatever its balloon does. */
export interface Using extends Omit<GuestShape, "name" | "availableMib"> {
  readonly usedMib: number;
}

/** One decision a second; balloons follow at once. Sizes in MiB after each, by name. */
export function lived(
  { decide }: Policy,
  guests: Readonly<Record<string, Using>>,
  settings: PolicySettings,
  seconds: number,
  memory: PolicyMemory = emptyMemory(),
): readonly Readonly<Record<string, number>>[] {
  let known = memory;
  let sizes: Record<string, number> = Object.fromEntries(
    Object.entries(guests).map(([name, { actualMib, maxMib = 1024 }]) => [name, actualMib ?? maxMib]),
  );
  return Array.from({ length: seconds }, (_, second) => {
    const nowMs = NOW + second * 1_000;
    const facts = Object.entries(guests).map(([name, { usedMib, ...shape }]) => {
      const size = sizes[name] ?? 0;
      const availableMib = Math.max(0, size - usedMib);
      return aGuest({ ...shape, name, nowMs, actualMib: size, targetMib: size, availableMib });
    });
    const { plan, memory: after } = decide({ nowMs, host: aHost(), guests: facts }, known, settings);
    known = after;
    sizes = { ...sizes };
    for (const { name, toBytes } of plan.moves) sizes[name] = toBytes / MIB;
    return sizes;
  });
}
