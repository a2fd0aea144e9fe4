import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import { answerDemand } from "../../../../../host/src/policy/answer-demand.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { judgeRegime } from "../../../../../host/src/policy/budget/regime.ts";
import { savingsOf, uncoveredBytes } from "../../../../../host/src/policy/budget/savings.ts";
import { decide } from "../../../../../host/src/policy/decide.ts";
import { repeatsOf } from "../../../../../host/src/policy/move/balloon-moves.ts";
import { stay } from "../../../../../host/src/policy/move/intent.ts";
import { corrected } from "../../../../../host/src/policy/move/overrides.ts";
import { undriven } from "../../../../../host/src/policy/need/undriven.ts";
import { takingScene } from "../../../../../host/src/policy/share/protection.ts";
import { aGuest, aHost, type GuestShape, NOW, settingsFor } from "../../../../fakes/facts.ts";
import { aNeed } from "../../../../fakes/policy-scene.ts";
import { remembering } from "../rules/scene.ts";

const STUCK = { stuck: true, tookBackBytes: 64 * MIB, unacknowledged: true };
const OWED = { owed: { bytes: 100 * MIB, atMs: NOW } };

describe.each([
  ["excluded", (shape: GuestShape) => aGuest({ ...shape, shares: 0 })],
  [
    "other-controller",
    (shape: GuestShape) =>
      aGuest({ ...shape, facts: { otherController: { sinceMs: NOW, sizeBytes: 600 * MIB } } }),
  ],
  ["observe-only", (shape: GuestShape) => aGuest({ ...shape, facts: { observeOnly: true } })],
] as const)("a guest whose balloon is not driven (%s)", (reason, guest) => {
  const squeezed = guest({ actualMib: 600, targetMib: 600, availableMib: 5 });
  const roomy = (facts: Partial<GuestFacts> = {}): GuestFacts => ({
    ...guest({ maxMib: 4096, actualMib: 4000, targetMib: 4000, availableMib: 3500 }),
    ...facts,
  });

  it("is named so, and stays as it is, whatever is owed, stuck or taken back", () => {
    expect(undriven(squeezed)).toBe(reason);
    const need = aNeed(squeezed, OWED, { actualBytes: 700 * MIB });
    const intent = stay(need, reason);
    expect(corrected(need, intent, STUCK as never, NOW)).toBe(intent);
    expect(repeatsOf([{ guest: need, intent, unpaidBytes: 0 }], [], [{ progress: STUCK as never }])).toEqual(
      [],
    );
  });

  it("is told so in the plan, and its memory counts as it is", () => {
    const { plan } = decide(
      { nowMs: NOW, host: aHost(), guests: [squeezed, aGuest({ name: "other" })] },
      remembering({}),
      settingsFor(4096),
    );
    const verdict = plan.verdicts.find(({ name }) => name === "g1");
    const bytes = 600 * MIB;
    expect(verdict).toMatchObject({ reason, targetBytes: bytes, chargeBytes: bytes, entitledBytes: bytes });
    expect(plan.moves.map(({ name }) => name)).not.toContain("g1");
  });

  it("gets its demand refused with this reason", () => {
    const demand = { receivedAtMs: NOW, sequence: 7, level: "critical" as const, needBytes: 64 * MIB };
    const snapshot = { nowMs: NOW, host: aHost(), guests: [squeezed] };
    const { answer, moves } = answerDemand(snapshot, remembering({}), settingsFor(4096), "g1", demand);
    expect(answer).toMatchObject({ outcome: "refused", reason });
    expect(moves).toEqual([]);
  });

  it("gives nothing for another guest's demand", () => {
    const demand = { receivedAtMs: NOW, sequence: 7, level: "critical" as const, needBytes: 300 * MIB };
    const failing = aGuest({ name: "failing", maxMib: 512, actualMib: 200, targetMib: 200, availableMib: 5 });
    const guests = [failing, roomy()];
    const snapshot = { nowMs: NOW, host: aHost(), guests };
    const { moves } = answerDemand(snapshot, remembering({}), settingsFor(4300), "failing", demand);
    expect(moves.map(({ name }) => name)).not.toContain("g1");
  });

  it("makes no other guest wait, since nothing can be given to it", () => {
    const need = aNeed(squeezed, OWED);
    const ledger = keepLedger(aHost(), [need], settingsFor(4096), NOW, 0);
    expect(takingScene(ledger, [need], "tight", settingsFor(4096), NOW).failing).toBe(false);
  });

  it("is not counted on when the host runs out or KSM's savings break apart", () => {
    const held = { residentBytes: 4000 * MIB, swappedBytes: 0 };
    const need = aNeed(roomy({ processMemory: held }));
    const savings = savingsOf(aHost({ ksm: { savedBytes: 100 * MIB, zeroBytes: 0 } as never }), 0);
    expect(uncoveredBytes(savings, [need])).toBe(100 * MIB);
    const ledger = keepLedger(aHost(), [need], settingsFor(3500), NOW, 0);
    const { regime } = judgeRegime(aHost(), ledger, [need], 0, { regime: "ample", sinceMs: 0 }, NOW);
    expect(regime).toBe("critical");
  });
});
