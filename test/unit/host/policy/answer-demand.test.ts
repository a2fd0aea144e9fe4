import { describe, expect, it } from "vitest";
import { MIB, sum } from "../../../../host/src/model/bytes.ts";
import type { GuestDemand, GuestFacts } from "../../../../host/src/model/guest.ts";
import type { Regime } from "../../../../host/src/model/plan.ts";
import { answerDemand } from "../../../../host/src/policy/answer-demand.ts";
import { decide } from "../../../../host/src/policy/decide.ts";
import { emptyMemory, newGuestMemory, remembered } from "../../../../host/src/policy/memory.ts";
import { assess } from "../../../../host/src/policy/need/assess.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../fakes/facts.ts";

function demand(needMib: number, override: Partial<GuestDemand> = {}): GuestDemand {
  return { receivedAtMs: NOW, sequence: 7, level: "critical", needBytes: needMib * MIB, ...override };
}

function ask(guests: GuestFacts[], budgetMib: number, needMib: number, override: Partial<GuestDemand> = {}) {
  const snapshot = { nowMs: NOW, host: aHost(), guests };
  return answerDemand(snapshot, emptyMemory(), settingsFor(budgetMib), "g1", demand(needMib, override));
}

const SQUEEZED = aGuest({ maxMib: 512, minMib: 128, actualMib: 200, targetMib: 200, availableMib: 30 });

describe("answerDemand", () => {
  it("gives everything back at once while the budget is roomy", () => {
    const { answer, moves } = ask([SQUEEZED], 4096, 100);
    expect(answer).toMatchObject({ outcome: "granted", targetBytes: 512 * MIB });
    expect(moves).toEqual([
      { name: "g1", fromBytes: 200 * MIB, toBytes: 512 * MIB, kind: "answer-demand", reason: "demand" },
    ]);
  });

  it("neither gives to nor takes from a guest whose balloon another program moves", () => {
    const otherController = { sinceMs: NOW, sizeBytes: 200 * MIB };
    const { answer, moves } = ask([{ ...SQUEEZED, otherController }], 4096, 100);
    expect(answer).toMatchObject({ outcome: "refused", grantedBytes: 0, reason: "other-controller" });
    expect(moves).toEqual([]);
    const idle = aGuest({ name: "idle", availableMib: 800, facts: { otherController } });
    expect(ask([SQUEEZED, idle], 1320, 200).moves.map(({ name }) => name)).toEqual(["g1"]);
  });

  it("gives what is demanded when there is enough for that", () => {
    const { answer } = ask([SQUEEZED], 400, 100);
    expect(answer).toMatchObject({ outcome: "granted", grantedBytes: 100 * MIB });
  });

  it("decides on what the demand tells, not on an older report", () => {
    const guest = aGuest({
      maxMib: 16_384,
      minMib: 1024,
      actualMib: 9000,
      targetMib: 9000,
      availableMib: 300,
      report: { arcSizeBytes: 6200 * MIB, arcMinBytes: 200 * MIB, arcAvailableBytes: 4800 * MIB },
    });
    const neighbour = aGuest({ name: "g2", maxMib: 16_384, actualMib: 2000, availableMib: 500 });
    const figures = { availableBytes: 100 * MIB, balloonBytes: 7384 * MIB };
    // By the report 4.8 GiB are cache that ZFS would give: the demand says that programs took it meanwhile.
    expect(ask([guest, neighbour], 12_000, 500, figures).answer).toMatchObject({
      outcome: "granted",
      grantedBytes: 500 * MIB,
    });
    expect(ask([guest, neighbour], 12_000, 500).answer.outcome).toBe("refused");
  });

  it("gives a part, takes from the idle at once, and owes the rest", () => {
    const idle = aGuest({ name: "idle", availableMib: 800 });
    const { answer, moves, memory } = ask([SQUEEZED, idle], 1320, 200);
    expect(answer.outcome).toBe("partial");
    expect(answer.grantedBytes).toBeGreaterThan(0);
    expect(moves.map((move) => move.name)).toEqual(["g1", "idle"]);
    expect(moves[1]?.toBytes).toBeLessThan(1024 * MIB);
    expect(remembered(memory, "g1")?.owed?.bytes).toBe(200 * MIB - answer.grantedBytes);
  });

  it("takes a fifth more from donors than is missing: not all that they give becomes free", () => {
    const idle = aGuest({ name: "idle", availableMib: 800 });
    const { moves, memory } = ask([SQUEEZED, idle], 1320, 200);
    const owedMib = (remembered(memory, "g1")?.owed?.bytes ?? 0) / MIB;
    const [, donor] = moves;
    expect(((donor?.fromBytes ?? 0) - (donor?.toBytes ?? 0)) / MIB).toBe(Math.ceil(owedMib * 1.2));
  });

  it("pays the rest as soon as the donor has given", () => {
    const idle = aGuest({ name: "idle", availableMib: 800 });
    const settings = settingsFor(1320);
    const first = ask([SQUEEZED, idle], 1320, 200);
    const nowMs = NOW + 100;
    const after = first.moves.map((move) =>
      aGuest({
        name: move.name,
        nowMs,
        maxMib: move.name === "g1" ? 512 : 1024,
        minMib: 128,
        actualMib: move.toBytes / MIB,
        targetMib: move.toBytes / MIB,
        availableMib: move.name === "g1" ? 10 : 600,
      }),
    );
    const { plan } = decide({ nowMs, host: aHost(), guests: after }, first.memory, settings);
    const owedBytes = remembered(first.memory, "g1")?.owed?.bytes ?? 0;
    const paid = plan.moves.find((move) => move.name === "g1");
    expect((paid?.toBytes ?? 0) - (paid?.fromBytes ?? 0)).toBeGreaterThanOrEqual(owedBytes);
    expect(plan.owedBytes).toBe(0);
  });

  it("never promises more than the ledger and the emergency part of the reserve hold", () => {
    const others = ["a", "b"].map((name) => aGuest({ name, availableMib: 20 }));
    const { moves } = ask([SQUEEZED, ...others], 2300, 312);
    const after = sum(moves, (move) => move.toBytes - move.fromBytes);
    expect(after).toBeLessThanOrEqual((2300 - 2248) * MIB);
  });

  it("takes nothing from those at their floor, under pressure, silent or just helped", () => {
    const poor = aGuest({ name: "poor", availableMib: 30 });
    const pressed = aGuest({
      name: "pressed",
      availableMib: 800,
      shares: 2000,
      report: { pressure: "moderate" },
    });
    const silent = aGuest({ name: "silent", report: null });
    const { moves } = ask([SQUEEZED, poor, pressed, silent], 3272, 300);
    expect(moves.filter((move) => move.name !== "g1")).toEqual([]);
  });

  it("takes what a guest does not need above its fair share, however loudly it complains", () => {
    const loud = aGuest({ name: "loud", availableMib: 800, report: { pressure: "critical" } });
    const { moves } = ask([SQUEEZED, loud], 1300, 300);
    expect(moves.map(({ name }) => name)).toContain("loud");
  });

  it("protects what a guest has after a demand only if the demand was believed", () => {
    const untouched = { processMemory: { residentBytes: 300 * MIB, swappedBytes: 0 } };
    const hoarder = aGuest({ maxMib: 4096, actualMib: 1000, targetMib: 1000, facts: untouched });
    expect(remembered(ask([hoarder], 1500, 4000).memory, "g1")?.motion.demandAtMs).toBeUndefined();
    expect(remembered(ask([SQUEEZED], 4096, 100).memory, "g1")?.motion.demandAtMs).toBe(NOW);
  });

  it("remembers a demand without growth as one that only taking has caused", () => {
    const strainedAt = (growthBytesPerSecond: number) =>
      remembered(ask([SQUEEZED], 400, 100, { growthBytesPerSecond }).memory, "g1")?.motion
        .squeezedIntoDemandAtMs;
    expect(strainedAt(0)).toBe(NOW);
    expect(strainedAt(MIB)).toBeUndefined();
  });

  it("confirms no more than a guest's maximum, even where its QEMU says that it has more", () => {
    const guest = aGuest({ maxMib: 512, actualMib: 1985, targetMib: 400, availableMib: 5 });
    const { answer, moves } = ask([guest], 64, 8192);
    expect(answer.targetBytes).toBeLessThanOrEqual(512 * MIB);
    expect(moves.filter(({ toBytes }) => toBytes > 512 * MIB)).toEqual([]);
  });

  it("says that a guest at its maximum has all there is", () => {
    const full = aGuest({ maxMib: 512, actualMib: 512, availableMib: 10 });
    const { answer, moves } = ask([full], 4096, 100, { balloonBytes: 0 });
    expect(answer).toMatchObject({ outcome: "refused", reason: "demand-refused" });
    expect(moves).toEqual([]);
  });

  it("stops an inflation under way when the guest demands", () => {
    const shrinking = aGuest({ actualMib: 900, targetMib: 500, availableMib: 30 });
    const { moves } = ask([shrinking], 1000, 0);
    expect(moves[0]).toMatchObject({ name: "g1", toBytes: 900 * MIB });
  });

  it("stops no inflation beyond the fair share in a shortage: it goes to a guest that has less", () => {
    const giving = aGuest({ maxMib: 4096, actualMib: 2000, targetMib: 1800, availableMib: 400 });
    const other = aGuest({ name: "other", maxMib: 4096, actualMib: 1000, availableMib: 100 });
    const target = (regime: Regime, shares = 1000) => {
      const guests = [{ ...giving, limits: { ...giving.limits, shares } }, other];
      const memory = { ...emptyMemory(), regime };
      const snapshot = { nowMs: NOW, host: aHost(), guests };
      return answerDemand(snapshot, memory, settingsFor(3000), "g1", demand(1)).answer.targetBytes / MIB;
    };
    expect(target("tight")).toBe(2000);
    expect(target("scarce")).toBe(1800);
    expect(target("critical")).toBe(1800);
    // Of three quarters of 3000 MiB it keeps what it has.
    expect(target("scarce", 3000)).toBe(2000);
  });

  it("promises nothing to a guest whose QEMU cannot be reached", () => {
    const unacknowledged: GuestFacts = { ...SQUEEZED, inhibitions: ["unreachable"] };
    expect(ask([unacknowledged], 4096, 100)).toMatchObject({
      moves: [],
      answer: { outcome: "refused", reason: "inhibited" },
    });
  });

  it("keeps a grant booked when the guest reboots before drawing it", () => {
    const { memory } = ask([SQUEEZED], 4096, 100);
    const rebooted: GuestFacts = { ...SQUEEZED, bootSeenAtMs: NOW };
    const next = decide({ nowMs: NOW + 100, host: aHost(), guests: [rebooted] }, memory, settingsFor(4096));
    expect(remembered(next.memory, "g1")?.grant?.bytes).toBeGreaterThanOrEqual(312 * MIB);
  });

  it("moves nothing in observe mode", () => {
    const snapshot = { nowMs: NOW, host: aHost(), guests: [SQUEEZED] };
    const settings = settingsFor(4096, { mode: "observe" });
    expect(answerDemand(snapshot, emptyMemory(), settings, "g1", demand(100))).toMatchObject({
      moves: [],
      answer: { outcome: "refused", reason: "observe-only" },
    });
  });

  it("keeps a guest that demanded from being squeezed right after", () => {
    const { memory } = ask([SQUEEZED], 4096, 100);
    const nowMs = NOW + 2_000;
    const big = aGuest({
      nowMs,
      maxMib: 512,
      minMib: 128,
      actualMib: 512,
      targetMib: 512,
      availableMib: 400,
    });
    const { plan } = decide({ nowMs, host: aHost(), guests: [big] }, memory, settingsFor(560));
    expect(plan.verdicts[0]?.reason).toBe("hold-after-demand");
  });

  it("gives nothing in a shortage to a guest that has not touched what it has", () => {
    const untouched = { processMemory: { residentBytes: 300 * MIB, swappedBytes: 0 } };
    const hoarder = aGuest({
      maxMib: 4096,
      actualMib: 1000,
      targetMib: 1000,
      availableMib: 10,
      facts: untouched,
    });
    // It has its fair share.
    expect(ask([hoarder], 1000, 4000).answer).toMatchObject({ outcome: "refused", reason: "host-short" });
    expect(ask([hoarder], 9000, 4000).answer.outcome).toBe("granted");
  });

  it("leaves half of the emergency reserve to guests below their fair share", () => {
    const greedy = aGuest({ maxMib: 4096, actualMib: 1000, targetMib: 1000, availableMib: 10 });
    const modest = aGuest({
      name: "g2",
      maxMib: 1024,
      minMib: 128,
      actualMib: 200,
      targetMib: 200,
      availableMib: 10,
    });
    const asking = [greedy, modest];
    const first = ask(asking, 1264, 1000).answer.grantedBytes;
    const second = ask(
      [
        { ...modest, name: "g1" },
        { ...greedy, name: "g2" },
      ],
      1264,
      1000,
    ).answer.grantedBytes;
    expect(first).toBeGreaterThan(0);
    expect(second).toBe(2 * first);
  });

  it("takes others' room to grow for a guest about to fail, and no more than it must have at once", () => {
    const failing = aGuest({ maxMib: 1024, actualMib: 300, targetMib: 300, availableMib: 4 });
    const other = aGuest({ name: "other", actualMib: 500, targetMib: 500, availableMib: 60 });
    const takenFrom = (level: GuestDemand["level"], availableMib: number) => {
      const shown = { level, availableBytes: availableMib * MIB };
      const { moves } = ask([failing, other], 870, 700, shown);
      return sum(moves.slice(1), ({ fromBytes, toBytes }) => fromBytes - toBytes) / MIB;
    };
    expect(takenFrom("critical", 4)).toBeGreaterThan(0);
    expect(takenFrom("critical", 4)).toBeLessThan(64);
    expect(takenFrom("critical", 100)).toBe(0);
    expect(takenFrom("moderate", 4)).toBe(0);
  });

  it("takes no floor within its fair share for a guest that was doubted lately, or that is not known yet", () => {
    const other = aGuest({ name: "other", actualMib: 420, targetMib: 420, availableMib: 60 });
    const takenFor = (guest: GuestFacts, doubtedAtMs: number | undefined) => {
      const known = { ...newGuestMemory(guest.bootSeenAtMs), doubtedAtMs };
      const memory = { ...emptyMemory(), guests: new Map([["g1", known]]) };
      const snapshot = { nowMs: NOW, host: aHost(), guests: [guest, other] };
      const asked = demand(700, { availableBytes: 4 * MIB });
      return answerDemand(snapshot, memory, settingsFor(850), "g1", asked).moves.length - 1;
    };
    const caller = aGuest({ maxMib: 1024, actualMib: 360, targetMib: 360, availableMib: 4 });
    expect(takenFor(caller, undefined)).toBe(1);
    expect(takenFor(caller, NOW - 61_000)).toBe(1);
    expect(takenFor(caller, NOW - 10_000)).toBe(0);
    expect(takenFor({ ...caller, bootSeenAtMs: NOW - 1_000 }, undefined)).toBe(0);
  });

  describe("that is repeated", () => {
    const ROW = { sinceMs: NOW - 5_000, atMs: NOW - 100 };
    /** Asks once more; a second ago the host looked at the process of the guest. */
    const again = (
      guests: GuestFacts[],
      budgetMib: number,
      needMib: number,
      demands?: typeof ROW,
      level: GuestDemand["level"] = "critical",
    ) => {
      const known = newGuestMemory(0);
      const growth = { ...known.growth, resident: { bytes: 0, atMs: NOW - 1_000 } };
      const memory = new Map([["g1", { ...known, demands, growth }]]);
      const snapshot = { nowMs: NOW, host: aHost(), guests };
      const asked = demand(needMib, { level, availableBytes: 4 * MIB });
      const before = { ...emptyMemory(), guests: memory };
      const decision = answerDemand(snapshot, before, settingsFor(budgetMib), "g1", asked);
      return { ...decision, after: remembered(decision.memory, "g1") };
    };

    it("notes the row of demands", () => {
      expect(again([SQUEEZED], 4096, 100, ROW).after?.demands).toEqual({ sinceMs: ROW.sinceMs, atMs: NOW });
      expect(again([SQUEEZED], 4096, 100).after?.demands).toEqual({ sinceMs: NOW, atMs: NOW });
    });

    it("takes nothing of others' floors where it is in vain", () => {
      const failing = aGuest({ maxMib: 1024, actualMib: 300, targetMib: 300, availableMib: 4 });
      const other = aGuest({ name: "other", actualMib: 500, targetMib: 500, availableMib: 60 });
      const donors = (demands?: typeof ROW) =>
        again([failing, other], 870, 700, demands).moves.filter(({ name }) => name === "other");
      expect(donors().length).toBe(1);
      expect(donors(ROW)).toEqual([]);
    });

    it("is owed beyond the fair share only what is taken for it or what it must have, and patiently", () => {
      const recent = { sinceMs: NOW - 500, atMs: NOW - 100 };
      const rich = aGuest({ maxMib: 4096, actualMib: 1000, targetMib: 1000, availableMib: 300 });
      const other = aGuest({ name: "other", actualMib: 500, targetMib: 500, availableMib: 20 });
      const owed = (demands?: typeof ROW, level?: GuestDemand["level"]) =>
        again([rich, other], 1560, 200, demands, level).after?.owed;
      expect(owed()).toEqual({ bytes: 180 * MIB, atMs: NOW, isPatient: false });
      const { headroomBytes } = assess(rich, newGuestMemory(0), settingsFor(1560).tuning, NOW);
      const failingBytes = headroomBytes - 4 * MIB - 20 * MIB;
      expect(owed(recent)).toEqual({ bytes: failingBytes, atMs: NOW, isPatient: true });
      const idle = aGuest({ name: "other", actualMib: 500, targetMib: 500, availableMib: 100 });
      const { moves, after } = again([rich, idle], 1560, 200, recent, "moderate");
      const taken = moves.filter(({ name }) => name === "other");
      expect(taken.length).toBe(1);
      const takenBytes = sum(taken, ({ fromBytes, toBytes }) => fromBytes - toBytes);
      expect(after?.owed).toEqual({ bytes: takenBytes, atMs: NOW, isPatient: true });
    });

    it("says that there is nothing where nothing is given, taken or owed", () => {
      const recent = { sinceMs: NOW - 500, atMs: NOW - 100 };
      const rich = aGuest({ maxMib: 4096, actualMib: 1000, targetMib: 1000, availableMib: 300 });
      const short = aGuest({ name: "other", actualMib: 500, targetMib: 500, availableMib: 0 });
      const refusal = (demands?: typeof ROW) => again([rich, short], 1400, 200, demands, "moderate").answer;
      expect(refusal(recent)).toMatchObject({ outcome: "refused", reason: "host-short" });
      expect(refusal()).toMatchObject({ outcome: "refused", reason: "demand-partial" });
    });
  });

  it("answers the next demand of a moment as if nothing had been assessed before", () => {
    const guests = ["g1", "g2", "g3"].map((name) => ({ ...SQUEEZED, name }));
    const settings = settingsFor(700);
    const first = { nowMs: NOW, host: aHost(), guests };
    const { memory } = decide(first, emptyMemory(), settings);
    const before = answerDemand(first, memory, settings, "g1", demand(100));
    const moved = guests.map((facts) =>
      facts.name === "g1" ? { ...facts, limits: { ...facts.limits } } : facts,
    );
    const second = { ...first, guests: moved };
    const { needs, ...known } = answerDemand(
      second,
      before.memory,
      settings,
      "g2",
      demand(100),
      before.needs,
    );
    const { needs: anew, ...fresh } = answerDemand(second, before.memory, settings, "g2", demand(100));
    expect(known).toEqual(fresh);
    expect(needs).toEqual(anew);
    // Only what changed was assessed.
    expect(needs?.guests[2]).toBe(before.needs?.guests[2]);
    expect(needs?.guests[0]).not.toBe(before.needs?.guests[0]);
  });

  it("answers fifty demands of one moment as if each came alone", () => {
    const settings = settingsFor(50 * 220);
    const names = Array.from({ length: 50 }, (_, i) => `g${i}`);
    let snapshot = { nowMs: NOW, host: aHost(), guests: names.map((name) => ({ ...SQUEEZED, name })) };
    // One is not remembered from a decision before.
    const { memory: before } = decide(
      { ...snapshot, guests: snapshot.guests.slice(1) },
      emptyMemory(),
      settings,
    );
    let [memory, needs] = [before, answerDemand(snapshot, before, settings, "nobody", demand(1)).needs];
    const outcomes = new Set<string>();
    for (const name of [...names, ...names]) {
      const { needs: _, ...alone } = answerDemand(snapshot, memory, settings, name, demand(40));
      const together = answerDemand(snapshot, memory, settings, name, demand(40), needs);
      const { needs: next, ...decision } = together;
      expect(decision).toEqual(alone);
      outcomes.add(decision.answer.outcome);
      [memory, needs] = [decision.memory, next];
      const targets = new Map(decision.moves.map((move) => [move.name, move.toBytes]));
      const guests = snapshot.guests.map((facts) => {
        const targetBytes = targets.get(facts.name);
        const { balloon } = facts;
        return targetBytes === undefined || balloon === undefined
          ? facts
          : { ...facts, balloon: { ...balloon, targetBytes } };
      });
      snapshot = { ...snapshot, guests };
    }
    expect(outcomes.size).toBeGreaterThan(1);
  });

  it("assesses all anew for another moment", () => {
    const snapshot = { nowMs: NOW, host: aHost(), guests: [SQUEEZED, { ...SQUEEZED, name: "g2" }] };
    const known = decide(snapshot, emptyMemory(), settingsFor(700)).memory;
    const { needs, memory } = answerDemand(snapshot, known, settingsFor(700), "g1", demand(100));
    const later = { ...snapshot, nowMs: NOW + 1 };
    const { needs: anew } = answerDemand(later, memory, settingsFor(700), "g1", demand(100), needs);
    expect(anew?.guests[1]).not.toBe(needs?.guests[1]);
  });
});
