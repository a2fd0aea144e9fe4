import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { ProgressReport } from "../../../../../host/src/policy/learn/balloon-progress.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { corrected } from "../../../../../host/src/policy/move/overrides.ts";
import { aGuest, NOW } from "../../../../fakes/facts.ts";
import { aNeed } from "../../../../fakes/policy-scene.ts";

const QUIET: ProgressReport = {
  memory: newGuestMemory(0).progress,
  stuck: false,
  unacknowledged: false,
  tookBackBytes: 0,
};
const TAKE = { targetBytes: 550 * MIB, kind: "take-idle" } as const;
const owed = (mib: number) => ({ owed: { bytes: mib * MIB, atMs: NOW } });
/** Told to have 600 of its 1024 MiB, and has 700. */
const GUEST = aGuest({ actualMib: 700, targetMib: 600 });

describe("what is intended with a guest", () => {
  it("stands while its balloon does as it is told", () => {
    expect(corrected(aNeed(GUEST), TAKE, QUIET, NOW)).toBe(TAKE);
    expect(corrected(aNeed(GUEST), TAKE, undefined, NOW)).toBe(TAKE);
  });

  it("gives way to the rest of a demand, on top of what it was told, up to its maximum", () => {
    const pay = (mib: number) => corrected(aNeed(GUEST, owed(mib)), TAKE, QUIET, NOW);
    expect(pay(100)).toMatchObject({ targetBytes: 700 * MIB, kind: "pay-debt" });
    expect(pay(1000)).toMatchObject({ targetBytes: 1024 * MIB, kind: "pay-debt" });
  });

  it("gives way to a debt even where the guest took memory back unasked or its balloon is stuck", () => {
    const progress = { ...QUIET, stuck: true, tookBackBytes: 100 * MIB };
    expect(corrected(aNeed(GUEST, owed(50)), TAKE, progress, NOW).kind).toBe("pay-debt");
  });

  it("gives way to a patient debt where nothing is taken and the balloon need not wait to turn", () => {
    const patient = { owed: { bytes: 50 * MIB, atMs: NOW, isPatient: true } };
    const stay = { targetBytes: 600 * MIB, kind: "steady" } as const;
    expect(corrected(aNeed(GUEST, patient), stay, QUIET, NOW).kind).toBe("pay-debt");
    expect(corrected(aNeed(GUEST, patient), TAKE, QUIET, NOW)).toBe(TAKE);
    const motion = { direction: "down", turns: { count: 4, atMs: NOW } } as const;
    expect(corrected(aNeed(GUEST, { ...patient, motion }), stay, QUIET, NOW)).toBe(stay);
    expect(corrected(aNeed(GUEST, { ...owed(50), motion }), stay, QUIET, NOW).kind).toBe("pay-debt");
  });

  it("gives way to what the guest took back unasked: it is not taken again", () => {
    const progress = { ...QUIET, stuck: true, tookBackBytes: 100 * MIB };
    expect(corrected(aNeed(GUEST), TAKE, progress, NOW)).toMatchObject({
      targetBytes: 700 * MIB,
      kind: "follow-deflate",
    });
    const more = { targetBytes: 800 * MIB, kind: "give-surplus" } as const;
    expect(corrected(aNeed(GUEST), more, progress, NOW)).toBe(more);
  });

  it("gives way to where a stuck balloon stands", () => {
    const stuck = corrected(aNeed(GUEST), TAKE, { ...QUIET, stuck: true }, NOW);
    expect(stuck).toMatchObject({ targetBytes: 700 * MIB, kind: "point-at-actual" });
  });

  it("stands, whatever is owed, where another program moves the balloon", () => {
    const facts = { ...GUEST, otherController: { sinceMs: NOW, sizeBytes: 600 * MIB } };
    expect(corrected(aNeed(facts, owed(100)), TAKE, { ...QUIET, stuck: true }, NOW)).toBe(TAKE);
  });
});
