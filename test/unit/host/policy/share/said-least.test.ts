import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestDemand, GuestFacts, GuestReport } from "../../../../../host/src/model/guest.ts";
import type { Regime } from "../../../../../host/src/model/plan.ts";
import type { PolicySettings } from "../../../../../host/src/model/settings.ts";
import { answerDemand } from "../../../../../host/src/policy/answer-demand.ts";
import { decide } from "../../../../../host/src/policy/decide.ts";
import { emptyMemory } from "../../../../../host/src/policy/memory.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

/** Holds a pool of huge pages of 900 MiB that nobody uses: used, and never touched. */
function pooled(actualMib: number, availableMib: number, report: Partial<GuestReport> = {}): GuestFacts {
  return aGuest({
    name: "pooled",
    maxMib: 1536,
    minMib: 256,
    actualMib,
    targetMib: actualMib,
    availableMib,
    report: { hugetlbBytes: 900 * MIB, ...report },
    facts: { processMemory: { residentBytes: 460 * MIB, swappedBytes: 0 } },
  });
}

/** The least that the guest is taken to within a minute beside a neighbour, and the regimes on the way. */
function squeezed(
  budgetMib: number,
  neighbour: GuestFacts,
  driverAvailableMib?: number,
  others: readonly GuestFacts[] = [],
  settings: Partial<PolicySettings> = {},
) {
  let [memory, actualMib] = [emptyMemory(), 1536];
  const regimes = new Set<Regime>();
  for (let tick = 0; tick < 60; tick++) {
    const nowMs = NOW + tick * 1_000;
    const availableMib = actualMib - 1122;
    const guest = pooled(actualMib, availableMib, { receivedAtMs: nowMs, sampledAtMs: nowMs });
    const stats = driverAvailableMib && { availableBytes: driverAvailableMib * MIB, updatedAtMs: nowMs + 1 };
    const guests = [{ ...guest, ...(stats && { stats }) }, { ...neighbour }, ...others];
    const host = aHost({ totalBytes: 8 * GIB, availableBytes: 4 * GIB });
    const decision = decide({ nowMs, host, guests }, memory, settingsFor(budgetMib, settings));
    memory = decision.memory;
    regimes.add(decision.plan.regime);
    const move = decision.plan.moves.find(({ name }) => name === "pooled");
    if (move !== undefined) actualMib = move.toBytes / MIB;
  }
  return { leastMib: actualMib, regimes };
}

describe("a guest that uses memory which it never touched", () => {
  const idle = aGuest({ name: "idle", maxMib: 1536, actualMib: 1400, availableMib: 700 });

  it("is taken no further than what it says is available less its headroom", () => {
    const { leastMib, regimes } = squeezed(2700, idle);
    expect(regimes).toContain("scarce");
    expect(leastMib).toBeGreaterThanOrEqual(1122 + 64);
  });

  it("is taken from as others are where its own balloon driver says that it does not use it", () => {
    expect(squeezed(2700, idle, 1000).leastMib).toBeLessThan(1122);
  });

  it("has no say above its fair share while another guest is failing for it", () => {
    const failing = aGuest({
      name: "failing",
      maxMib: 1536,
      actualMib: 700,
      targetMib: 700,
      availableMib: 5,
    });
    expect(squeezed(2000, failing).leastMib).toBeLessThan(1122);
    expect(squeezed(2000, failing).leastMib).toBeGreaterThanOrEqual(1000);
  });

  it("keeps its say above its fair share as long as what all guests say fits together", () => {
    const failing = aGuest({ name: "failing", maxMib: 1536, actualMib: 700, availableMib: 5, shares: 3000 });
    const spare = aGuest({ name: "spare", maxMib: 1536, actualMib: 1000, availableMib: 600, shares: 3000 });
    const { leastMib, regimes } = squeezed(3300, failing, undefined, [spare]);
    expect(regimes).toContain("scarce");
    expect(leastMib).toBeGreaterThanOrEqual(1122 + 64);
  });

  it("keeps its say while the host fails, where taking what was never touched frees nothing", () => {
    const held = { processMemory: { residentBytes: 900 * MIB, swappedBytes: 0 } };
    const neighbour = aGuest({ name: "full", maxMib: 1536, actualMib: 900, availableMib: 40, facts: held });
    const leastOf = (accounting: PolicySettings["accounting"]) =>
      squeezed(1200, neighbour, undefined, [], { accounting });
    expect(leastOf("strict").leastMib).toBeLessThan(1122);
    const { leastMib, regimes } = leastOf("resident");
    expect(regimes).toContain("critical");
    expect(leastMib).toBeGreaterThanOrEqual(1122 + 16);
  });

  it("keeps what it says that it uses from an admin's target too", () => {
    const manual = { targetBytes: 600 * MIB, sinceMs: NOW - 1_000 };
    const guests = [{ ...pooled(1536, 414), manual }];
    const { plan } = decide({ nowMs: NOW, host: aHost(), guests }, emptyMemory(), settingsFor(4096));
    expect(plan.moves[0]?.toBytes).toBe((1122 + 8) * MIB);
  });
});

describe("the demand of a guest that fails for memory which it never touched", () => {
  const demand: GuestDemand = {
    receivedAtMs: NOW,
    sequence: 1,
    level: "critical",
    needBytes: 200 * MIB,
    availableBytes: 5 * MIB,
    growthBytesPerSecond: 100 * MIB,
  };
  const neighbour = aGuest({ name: "idle", maxMib: 1536, actualMib: 1536, availableMib: 700 });
  const ask = (guest: GuestFacts, budgetMib: number) =>
    answerDemand(
      { nowMs: NOW, host: aHost(), guests: [guest, neighbour] },
      emptyMemory(),
      settingsFor(budgetMib),
      "pooled",
      demand,
    );

  it("is met, from its neighbour's idle memory if need be", () => {
    const { answer, moves } = ask(pooled(924, 5), 2500);
    expect(answer.outcome).not.toBe("refused");
    expect(moves.map(({ name }) => name)).toContain("idle");
  });

  it("is met without a word of huge pages up to its fair share", () => {
    const { hugetlbBytes: _, ...report } = pooled(924, 5).report as GuestReport;
    const { answer, moves } = ask({ ...pooled(924, 5), report }, 2500);
    expect(answer.outcome).not.toBe("refused");
    expect(moves.map(({ name }) => name)).toContain("idle");
  });

  it("is told that it has all it may have at its maximum only", () => {
    expect(ask(pooled(1536, 5), 2500).answer.reason).toBe("demand-refused");
    const { hugetlbBytes: _, ...report } = pooled(1400, 5).report as GuestReport;
    expect(ask({ ...pooled(1400, 5), report }, 2500).answer.reason).toBe("host-short");
  });
});
