import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../host/src/model/guest.ts";
import type { Move, MoveKind } from "../../../../host/src/model/plan.ts";
import { DEFAULT_TUNING } from "../../../../host/src/model/settings.ts";
import { emptyMemory, type GuestMemory, newGuestMemory } from "../../../../host/src/policy/memory.ts";
import { assess } from "../../../../host/src/policy/need/assess.ts";
import { afterMove, remember } from "../../../../host/src/policy/remember.ts";
import { aGuest, NOW } from "../../../fakes/facts.ts";

function move(fromMib: number, toMib: number, kind: MoveKind): Move {
  return { name: "g1", fromBytes: fromMib * MIB, toBytes: toMib * MIB, kind, reason: "demand" };
}

/** What is remembered of a guest after a decision. */
function remembered(facts: GuestFacts, known: Partial<GuestMemory> = {}, moves: readonly Move[] = []) {
  const guest = assess(facts, { ...newGuestMemory(0), ...known }, DEFAULT_TUNING, NOW);
  const intent = { targetBytes: guest.targetBytes, kind: "steady" as const };
  const { guests: _before, ...kept } = emptyMemory();
  const funded = [{ guest, intent, unpaidBytes: 0 }];
  return remember(kept, funded, moves, DEFAULT_TUNING, NOW);
}

describe("after a move", () => {
  const known = newGuestMemory(0);

  it("its direction and time are known: nobody turns at once", () => {
    expect(afterMove(known, move(500, 400, "take-idle"), NOW).motion).toEqual({
      direction: "down",
      movedAtMs: NOW,
    });
    expect(afterMove(known, move(400, 500, "give-to-floor"), NOW).motion).toEqual({
      ...{ direction: "up", movedAtMs: NOW },
    });
  });

  it("it is known how often the balloon turned", () => {
    const up = afterMove(known, move(400, 500, "answer-demand"), NOW - 2_000);
    const down = afterMove(up, move(500, 400, "take-to-floor"), NOW - 1_000);
    expect(down.motion.turns).toEqual({ count: 1, atMs: NOW - 1_000 });
    expect(afterMove(down, move(400, 500, "pay-debt"), NOW).motion.turns).toEqual({ count: 2, atMs: NOW });
  });

  it("what was given is in flight, on top of what was before", () => {
    const granted = afterMove(known, move(400, 500, "answer-demand"), NOW - 1_000);
    expect(granted.grant).toEqual({ bytes: 100 * MIB, atMs: NOW - 1_000 });
    expect(afterMove(granted, move(500, 550, "answer-demand"), NOW).grant).toEqual({
      ...{ bytes: 150 * MIB, atMs: NOW },
    });
  });

  it("what was given of a surplus is not: nobody waits for it", () => {
    expect(afterMove(known, move(400, 500, "give-surplus"), NOW).grant).toBeUndefined();
  });

  it("what is owed becomes less by what was paid, and keeps its time", () => {
    const indebted = { ...known, owed: { bytes: 150 * MIB, atMs: NOW - 2_000 } };
    const paid = afterMove(indebted, move(400, 500, "pay-debt"), NOW);
    expect(paid.owed).toEqual({ bytes: 50 * MIB, atMs: NOW - 2_000 });
    expect(afterMove(paid, move(500, 560, "pay-debt"), NOW).owed).toBeUndefined();
    const patient = { ...known, owed: { bytes: 150 * MIB, atMs: NOW, isPatient: true } };
    expect(afterMove(patient, move(400, 500, "pay-debt"), NOW).owed?.isPatient).toBe(true);
  });

  it("of an admin's hand nothing is remembered: it protects from nothing", () => {
    expect(afterMove(known, move(500, 400, "manual"), NOW)).toBe(known);
  });
});

describe("after a decision", () => {
  const settled = { actualMib: 600, targetMib: 600, availableMib: 400 };

  it("guests that are gone are forgotten, and the time is kept", () => {
    const memory = remembered(aGuest({ name: "here" }));
    expect([...memory.guests.keys()]).toEqual(["here"]);
    expect(memory.decidedAtMs).toBe(NOW);
  });

  it("each guest's floor is known, and a move that was made", () => {
    const guest = remembered(aGuest(settled), {}, [move(600, 700, "give-to-floor")]).guests.get("g1");
    expect(guest?.floorBytes).toBe((200 + 64) * MIB);
    expect(guest?.motion.direction).toBe("up");
  });

  it("use is learned from a balloon that stands still", () => {
    const use = (override: object, known: Partial<GuestMemory> = {}) =>
      remembered(aGuest({ ...settled, ...override }), known).guests.get("g1")?.use;
    expect(use({})?.restBytes).toBe(200 * MIB);
    expect(use({ targetMib: 500 })).toBeUndefined();
    expect(use({ report: { sampledAtMs: 5_000 } })).toBeUndefined();
    const moved = { progress: { ...newGuestMemory(0).progress, movedAtMs: NOW + 1 } };
    expect(use({}, moved)).toBeUndefined();
  });

  it("a claim that was not believed is remembered, whatever comes after", () => {
    const doubtful = {
      availableMib: 0,
      facts: { processMemory: { residentBytes: 100 * MIB, swappedBytes: 0 } },
    };
    expect(remembered(aGuest(doubtful)).guests.get("g1")?.doubtedAtMs).toBe(NOW);
    const before = { doubtedAtMs: NOW - 5_000, contradictedAtMs: NOW - 6_000 };
    expect(remembered(aGuest(settled), before).guests.get("g1")).toMatchObject(before);
  });

  it("that its driver contradicted its agent is remembered", () => {
    const stats = { availableBytes: 550 * MIB, updatedAtMs: NOW + 1 };
    const guest = remembered(aGuest({ ...settled, availableMib: 10, facts: { stats } })).guests.get("g1");
    expect(guest?.contradictedAtMs).toBe(NOW);
  });
});
