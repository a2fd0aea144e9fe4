import { MIB } from "../model/bytes.ts";
import type { GuestDemand } from "../model/guest.ts";
import type { DemandAnswer, Move, Reason } from "../model/plan.ts";
import type { PolicySettings } from "../model/settings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { isHostShort, keepLedger, type Ledger, mostBudgetBytes } from "./budget/ledger.ts";
import { creditBytes, failingBytes, isCredible, requestedSize, spendableFor } from "./demand/credit.ts";
import { donate } from "./demand/donors.ts";
import { asDemanded } from "./demand/newest-report.ts";
import { burstPeakBytes, noteBurst } from "./learn/demand-bursts.ts";
import { type GuestMemory, newGuestMemory, type PolicyMemory } from "./memory.ts";
import { assess, type GuestNeed } from "./need/assess.ts";
import { reasonOf } from "./reason.ts";
import { afterMove } from "./remember.ts";
import { takingScene } from "./share/protection.ts";
import { keepRoomToBurst } from "./share/room-to-burst.ts";

/** What a demand leads to: the answer, the balloon commands in their order, and what to remember. */
export interface UrgentDecision {
  readonly answer: DemandAnswer;
  /** The asking guest's grant stands first: it is paid from memory that is free now, and its time is the shortest. */
  readonly moves: readonly Move[];
  readonly memory: PolicyMemory;
}

/** Donors are asked for more than is missing: not all of what they give becomes free. */
const DONOR_FACTOR = 1.2;

/**
 * Answers a demand at once, beside the tick: grants what the ledger has, and when that is not all, begins to take from those
 * above their floors in the same breath. The rest is owed and paid by the next decisions as it comes in.
 */
export function answerDemand(
  snapshot: Snapshot,
  before: PolicyMemory,
  settings: PolicySettings,
  name: string,
  demand: GuestDemand,
): UrgentDecision {
  const { nowMs, host } = snapshot;
  const guests = snapshot.guests.map((facts) => {
    const memory = before.guests.get(facts.name) ?? newGuestMemory(facts.bootSeenAtMs);
    if (facts.name !== name) return assess(facts, memory, settings.tuning, nowMs);
    return assess(asDemanded(facts, demand), heard(memory, demand, nowMs), settings.tuning, nowMs);
  });
  const guest = guests.find(({ facts }) => facts.name === name);
  if (guest === undefined) return refused(before, 0, "no-information");
  const remembered = withGuest(before, name, guest.memory);
  if (settings.mode === "observe") return refused(remembered, guest.targetBytes, "observe-only");
  if (guest.facts.limits.shares === 0) return refused(remembered, guest.targetBytes, "excluded");
  if (guest.facts.otherController !== undefined)
    return refused(remembered, guest.targetBytes, "other-controller");
  if (guest.facts.inhibitions.includes("unreachable"))
    return refused(remembered, guest.targetBytes, "inhibited");
  const mostBytes = mostBudgetBytes(before, guests, host, nowMs);
  const ledger = keepLedger(
    host,
    guests,
    settings,
    nowMs,
    burstPeakBytes(before.bursts, nowMs),
    mostBytes,
    before.hostDraw?.breakPeakBytesPerSecond,
  );
  return settle(guest, guests, ledger, demand, remembered, settings, nowMs);
}

function settle(
  guest: GuestNeed,
  guests: readonly GuestNeed[],
  ledger: Ledger,
  demand: GuestDemand,
  before: PolicyMemory,
  settings: PolicySettings,
  nowMs: number,
): UrgentDecision {
  const { name, limits } = guest.facts;
  const hasBytes = presentBytes(guest);
  const askedBytes = requestedSize(guest, demand, ledger);
  const goalBytes = Math.min(
    askedBytes,
    hasBytes + creditBytes(guest, guests, ledger, failingBytes(guest, demand), nowMs),
  );
  const wishBytes = goalBytes - hasBytes;
  if (wishBytes < MIB && askedBytes - hasBytes >= MIB)
    return refused(before, guest.targetBytes, "host-short");
  if (wishBytes <= 0) return already(guest, goalBytes, before, nowMs);
  // What it is not believed to need is no burst to be ready for.
  const bursts = noteBurst(before.bursts, guest.facts, Math.min(wishBytes, demand.needBytes), nowMs);
  const memory = { ...before, bursts };
  const isCritical = demand.level === "critical";
  const grantBytes =
    Math.floor(Math.min(wishBytes, spendableFor(guest, guests, ledger, isCritical)) / MIB) * MIB;
  const granted: Grant = { name, fromBytes: guest.targetBytes, toBytes: hasBytes + grantBytes };
  // The last piece up to the maximum need not be whole mebibytes.
  if (limits.maxBytes - granted.toBytes < MIB && wishBytes - grantBytes < MIB) {
    return booked(guest, { ...granted, toBytes: limits.maxBytes }, 0, [], memory, nowMs);
  }
  const missingBytes = Math.max(0, wishBytes - grantBytes);
  if (missingBytes < MIB) return booked(guest, granted, 0, [], memory, nowMs);
  const scene = takingScene(ledger, guests, "scarce", settings, nowMs);
  const failing = { bytes: failingBytes(guest, demand) - grantBytes, isCredible: isCredible(guest, nowMs) };
  const isFailing = failing.isCredible && failing.bytes > 0;
  const kept = isHostShort(ledger) ? guests : keepRoomToBurst(guests, ledger, isFailing, nowMs);
  const donors = donate(guest, kept, missingBytes * DONOR_FACTOR, failing, scene);
  return booked(guest, granted, missingBytes, donors, memory, nowMs);
}

function heard(memory: GuestMemory, demand: GuestDemand, nowMs: number): GuestMemory {
  const { growth, motion } = memory;
  const { growthBytesPerSecond = 0 } = demand;
  const usePeakBytesPerSecond = Math.max(growth.usePeakBytesPerSecond, growthBytesPerSecond);
  return {
    ...memory,
    growth: { ...growth, usePeakBytesPerSecond, atMs: nowMs },
    motion: growthBytesPerSecond > 0 ? motion : { ...motion, squeezedIntoDemandAtMs: nowMs },
  };
}

function withGuest(memory: PolicyMemory, name: string, guest: GuestMemory): PolicyMemory {
  return { ...memory, guests: new Map(memory.guests).set(name, guest) };
}

function refused(memory: PolicyMemory, targetBytes: number, reason: Reason): UrgentDecision {
  return { answer: { outcome: "refused", grantedBytes: 0, targetBytes, reason }, moves: [], memory };
}

/** What it asks is on its way already, or it has all that it may have. */
function already(guest: GuestNeed, goalBytes: number, memory: PolicyMemory, nowMs: number): UrgentDecision {
  const { maxBytes } = guest.facts.limits;
  if (guest.actualBytes >= maxBytes && goalBytes >= maxBytes) {
    return refused(memory, guest.targetBytes, "demand-refused");
  }
  // Taking on its way down is stopped: the guest just said that it needs what it has.
  const hasBytes = presentBytes(guest);
  const back: Grant = { name: guest.facts.name, fromBytes: guest.targetBytes, toBytes: hasBytes };
  const decision = booked(guest, back, 0, [], memory, nowMs);
  // Memory on its way up that has not arrived: the word to the balloon may have been missed, and saying it again is free.
  const waiting = guest.targetBytes > guest.actualBytes && decision.moves.length === 0;
  return waiting ? { ...decision, moves: [moveOf(back, 0)] } : decision;
}

/** What the guest has or is about to have. More than its maximum is never confirmed, whatever its QEMU says. */
function presentBytes({ targetBytes, actualBytes, facts }: GuestNeed): number {
  return Math.min(facts.limits.maxBytes, Math.max(targetBytes, actualBytes));
}

/** What is given to the guest that demanded. */
type Grant = Pick<Move, "name" | "fromBytes" | "toBytes">;

function moveOf(grant: Grant, owedBytes: number): Move {
  return { ...grant, kind: "answer-demand", reason: reasonOf("answer-demand", owedBytes) };
}

function booked(
  guest: GuestNeed,
  granted: Grant,
  owedBytes: number,
  donors: readonly Move[],
  before: PolicyMemory,
  nowMs: number,
): UrgentDecision {
  const grant = moveOf(granted, owedBytes);
  const grantedBytes = Math.max(0, grant.toBytes - grant.fromBytes);
  const indebted: GuestMemory = {
    ...guest.memory,
    // Only a demand that was believed protects what the guest has.
    motion: { ...guest.memory.motion, demandAtMs: nowMs },
    owed: owedBytes > 0 ? { bytes: owedBytes, atMs: nowMs } : undefined,
  };
  const after = grantedBytes > 0 ? withoutPaying(indebted, grant, nowMs) : indebted;
  const guests = new Map(before.guests).set(grant.name, after);
  for (const move of donors) {
    const donor = guests.get(move.name);
    if (donor !== undefined) guests.set(move.name, afterMove(donor, move, nowMs));
  }
  const outcome = owedBytes === 0 ? "granted" : grantedBytes > 0 ? "partial" : "refused";
  return {
    answer: { outcome, grantedBytes, targetBytes: grant.toBytes, reason: grant.reason },
    moves: grantedBytes > 0 ? [grant, ...donors] : donors,
    memory: { ...before, guests },
  };
}

/** Notes the grant, leaving the debt as it was just computed. */
function withoutPaying(memory: GuestMemory, grant: Move, nowMs: number): GuestMemory {
  return { ...afterMove(memory, grant, nowMs), owed: memory.owed };
}
