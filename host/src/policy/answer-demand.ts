/** A demand is answered at once: from what is free, then from what other guests can spare. The rest is owed and paid by later ticks. */
import { MIB, sum } from "../model/bytes.ts";
import type { GuestDemand } from "../model/guest.ts";
import { type DemandAnswer, type Move, type Reason, type Regime, worse } from "../model/plan.ts";
import type { PolicySettings, PolicyTuning } from "../model/settings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { fairBytesPerShare } from "./budget/fair-share.ts";
import { isHostShort, keepLedger, type Ledger, mostBudgetBytes } from "./budget/ledger.ts";
import { seenNeeds } from "./budget/seen-needs.ts";
import { creditBytes, failingBytes, isCredible, requestedSize, spendableFor } from "./demand/credit.ts";
import { donate, type FailingNeed } from "./demand/donors.ts";
import { type MomentNeeds, needsOf } from "./demand/moment-needs.ts";
import { asDemanded } from "./demand/newest-report.ts";
import { burstPeakBytes, noteBurst } from "./learn/demand-bursts.ts";
import { isRepeated, isVain, noteDemand } from "./learn/vain-demand.ts";
import { changedBy, type Debt, type GuestMemory, type PolicyMemory, remembered } from "./memory.ts";
import { assess, type GuestNeed } from "./need/assess.ts";
import { undriven } from "./need/undriven.ts";
import { reasonOf } from "./reason.ts";
import { afterMove } from "./remember.ts";
import { takingScene } from "./share/protection.ts";
import { keepRoomToBurst } from "./share/room-to-burst.ts";

/** What a demand leads to: the answer, the balloon commands in their order, and what to remember. */
export interface UrgentDecision {
  readonly answer: DemandAnswer;
  /** The grant of the guest that demanded stands first: it is paid from memory that is free now, and is the most urgent. */
  readonly moves: readonly Move[];
  readonly memory: PolicyMemory;
  /** What was assessed: the next demand of the same moment need not assess it again. Absent: nothing was decided on it. */
  readonly needs?: MomentNeeds;
}

/** More than what is missing is taken from donors: not all of what they give becomes free. */
const DONOR_FACTOR = 1.2;

/**
 * Answers a demand at once, without waiting for the tick. It grants what the ledger has free. If that is not all, the same plan
 * begins to take memory from guests above their floors. The rest is owed; the next decisions pay it as memory comes in. Beyond the
 * fair share a repeated demand is owed only what is taken for it now, or what its failing guest must have, and nobody waits for it.
 */
export function answerDemand(
  snapshot: Snapshot,
  before: PolicyMemory,
  settings: PolicySettings,
  name: string,
  demand: GuestDemand,
  known?: MomentNeeds,
): UrgentDecision {
  const { nowMs, host } = snapshot;
  const moment = needsOf(snapshot, before, settings.tuning, known);
  const place = moment.places.get(name);
  const asking = place === undefined ? undefined : moment.guests[place];
  if (place === undefined || asking === undefined) return refused(before, 0, "no-information");
  const guest = demanding(asking, demand, settings.tuning, nowMs);
  const guests = moment.guests.with(place, guest);
  const cannot = whyNot(guest, settings);
  if (cannot !== undefined) return refused(withGuest(before, guest), guest.targetBytes, cannot);
  const mostBytes = mostBudgetBytes(before, guests, host, nowMs, moment.hasNewcomers);
  const ledger = keepLedger(
    host,
    guests,
    settings,
    nowMs,
    burstPeakBytes(before.bursts, nowMs),
    mostBytes,
    before.hostDraw?.breakPeakBytesPerSecond,
    moment.stakes,
  );
  const seen = seenNeeds(guests, ledger);
  const decision = settle(seen[place] ?? guest, seen, ledger, demand, before, settings, nowMs);
  const changed = [name, ...decision.moves.map((move) => move.name)];
  return { ...decision, needs: { ...moment, memory: decision.memory, changed } };
}

/** The need of the guest that demands, as its demand tells. */
function demanding(
  { facts, memory }: GuestNeed,
  demand: GuestDemand,
  tuning: PolicyTuning,
  nowMs: number,
): GuestNeed {
  return assess(asDemanded(facts, demand), withDemand(memory, demand, nowMs), tuning, nowMs);
}

/** Why the guest cannot be given anything, whatever there is. */
function whyNot({ facts }: GuestNeed, { mode }: PolicySettings): Reason | undefined {
  if (mode === "observe") return "observe-only";
  return undriven(facts) ?? (facts.inhibitions.includes("unreachable") ? "inhibited" : undefined);
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
  const hasBytes = presentBytes(guest, guests, ledger, before.regime);
  const requestedBytes = requestedSize(guest, demand, ledger);
  const creditedBytes = Math.min(
    requestedBytes,
    hasBytes + creditBytes(guest, guests, ledger, failingBytes(guest, demand), nowMs),
  );
  const missingNowBytes = creditedBytes - hasBytes;
  if (missingNowBytes < MIB && requestedBytes - hasBytes >= MIB)
    return refused(withGuest(before, guest), guest.targetBytes, "host-short");
  if (missingNowBytes <= 0) return nothingToAdd(guest, hasBytes, creditedBytes, before, nowMs);
  // The reserve must not grow for a need that is not believed.
  const bursts = noteBurst(before.bursts, guest.facts, Math.min(missingNowBytes, demand.needBytes), nowMs);
  const memory = { ...before, bursts };
  const isCritical = demand.level === "critical";
  const grantBytes =
    Math.floor(Math.min(missingNowBytes, spendableFor(guest, guests, ledger, isCritical)) / MIB) * MIB;
  const granted: Grant = { name, fromBytes: guest.targetBytes, toBytes: hasBytes + grantBytes };
  // The last piece up to the maximum need not be whole mebibytes.
  if (limits.maxBytes - granted.toBytes < MIB && missingNowBytes - grantBytes < MIB) {
    return granting(guest, { ...granted, toBytes: limits.maxBytes }, 0, [], memory, nowMs);
  }
  const missingBytes = Math.max(0, missingNowBytes - grantBytes);
  if (missingBytes < MIB) return granting(guest, granted, 0, [], memory, nowMs);
  const failing = failingNeed(guest, demand, grantBytes, nowMs);
  const scene = takingScene(ledger, guests, "scarce", settings, nowMs);
  const isFailing = failing.isCredible && failing.bytes > 0;
  const kept = isHostShort(ledger) ? guests : keepRoomToBurst(guests, ledger, isFailing, nowMs);
  const donors = donate(guest, kept, missingBytes * DONOR_FACTOR, failing, scene);
  const hasFairShare = granted.toBytes >= limits.shares * scene.fairBytesPerShare;
  const isPatient = hasFairShare && isRepeated(guest.memory, nowMs);
  const dueBytes = isPatient ? Math.max(takenBytes(donors), failing.bytes) : missingBytes;
  const debt = { bytes: Math.min(missingBytes, dueBytes), atMs: nowMs, isPatient };
  return granting(guest, granted, missingBytes, donors, memory, nowMs, debt);
}

/** What a failing guest must have beyond what it is granted now. A demand in vain takes nothing of others' floors. */
function failingNeed(guest: GuestNeed, demand: GuestDemand, grantBytes: number, nowMs: number): FailingNeed {
  const bytes = isVain(guest.memory, nowMs) ? 0 : failingBytes(guest, demand) - grantBytes;
  return { bytes, isCredible: isCredible(guest, nowMs) };
}

function takenBytes(donors: readonly Move[]): number {
  return sum(donors, ({ fromBytes, toBytes }) => fromBytes - toBytes);
}

/** The guest's memory with what the demand itself shows: growth, or that taking alone led to it. */
function withDemand(memory: GuestMemory, demand: GuestDemand, nowMs: number): GuestMemory {
  const { growth, motion } = memory;
  const { growthBytesPerSecond = 0 } = demand;
  const usePeakBytesPerSecond = Math.max(growth.usePeakBytesPerSecond, growthBytesPerSecond);
  return {
    ...memory,
    growth: { ...growth, usePeakBytesPerSecond, atMs: nowMs },
    demands: noteDemand(memory.demands, nowMs),
    motion: growthBytesPerSecond > 0 ? motion : { ...motion, squeezedIntoDemandAtMs: nowMs },
  };
}

function withGuest(memory: PolicyMemory, guest: GuestNeed): PolicyMemory {
  return changedBy(memory, [[guest.facts.name, guest.memory]]);
}

function refused(memory: PolicyMemory, targetBytes: number, reason: Reason): UrgentDecision {
  return { answer: { outcome: "refused", grantedBytes: 0, targetBytes, reason }, moves: [], memory };
}

/** What the guest demands is on its way already, or the guest is at its maximum. */
function nothingToAdd(
  guest: GuestNeed,
  hasBytes: number,
  creditedBytes: number,
  memory: PolicyMemory,
  nowMs: number,
): UrgentDecision {
  const { maxBytes } = guest.facts.limits;
  if (guest.actualBytes >= maxBytes && creditedBytes >= maxBytes) {
    return refused(withGuest(memory, guest), guest.targetBytes, "demand-refused");
  }
  // Taking that is under way stops: the guest just said that it needs what it has.
  const back: Grant = { name: guest.facts.name, fromBytes: guest.targetBytes, toBytes: hasBytes };
  const decision = granting(guest, back, 0, [], memory, nowMs);
  // Granted memory has not arrived. The balloon may have missed the command; repeating it costs nothing.
  const waiting = guest.targetBytes > guest.actualBytes && decision.moves.length === 0;
  return waiting ? { ...decision, moves: [moveOf(back, 0)] } : decision;
}

/**
 * What the guest has or is about to have; never more than its maximum, whatever its QEMU says. In a shortage a demand does not stop
 * what is being taken beyond the fair share: it is taken for a guest that has less.
 */
function presentBytes(
  { targetBytes, actualBytes, facts }: GuestNeed,
  guests: readonly GuestNeed[],
  ledger: Ledger,
  regime: Regime,
): number {
  const { maxBytes, shares } = facts.limits;
  const fairBytes = shares * fairBytesPerShare(ledger, guests);
  const keptBytes = worse(regime, "tight") ? Math.min(actualBytes, fairBytes) : actualBytes;
  return Math.min(maxBytes, Math.max(targetBytes, keptBytes));
}

/** What is given to the guest that demanded. */
type Grant = Pick<Move, "name" | "fromBytes" | "toBytes">;

function moveOf(grant: Grant, owedBytes: number): Move {
  return { ...grant, kind: "answer-demand", reason: reasonOf("answer-demand", owedBytes) };
}

/** The decision that grants memory, with what is still missing, what is owed of that, and what is taken from donors. */
function granting(
  guest: GuestNeed,
  granted: Grant,
  missingBytes: number,
  donors: readonly Move[],
  before: PolicyMemory,
  nowMs: number,
  debt?: Debt,
): UrgentDecision {
  const grant = moveOf(granted, missingBytes);
  const grantedBytes = Math.max(0, grant.toBytes - grant.fromBytes);
  const indebted: GuestMemory = {
    ...guest.memory,
    // Only a demand that is believed protects what the guest has.
    motion: { ...guest.memory.motion, demandAtMs: nowMs },
    owed: debt !== undefined && debt.bytes > 0 ? debt : undefined,
  };
  const after = grantedBytes > 0 ? withoutPaying(indebted, grant, nowMs) : indebted;
  const taken = donors.flatMap((move): [string, GuestMemory][] => {
    const donor = remembered(before, move.name);
    return donor === undefined ? [] : [[move.name, afterMove(donor, move, nowMs)]];
  });
  const outcome = missingBytes === 0 ? "granted" : grantedBytes > 0 ? "partial" : "refused";
  const reason = outcome === "refused" && indebted.owed === undefined ? "host-short" : grant.reason;
  return {
    answer: { outcome, grantedBytes, targetBytes: grant.toBytes, reason },
    moves: grantedBytes > 0 ? [grant, ...donors] : donors,
    memory: changedBy(before, [[grant.name, after], ...taken]),
  };
}

/** Notes the grant and leaves the debt as it was just computed. */
function withoutPaying(memory: GuestMemory, grant: Move, nowMs: number): GuestMemory {
  return { ...afterMove(memory, grant, nowMs), owed: memory.owed };
}
