import { describe, expect, it } from "vitest";
import { demandText, formatSpan, moveText } from "../../../../host/src/broker/wording.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestDemand } from "../../../../host/src/model/guest.ts";
import type { DemandAnswer } from "../../../../host/src/model/plan.ts";

const demand: GuestDemand = { receivedAtMs: 0, sequence: 1, level: "critical", needBytes: 64 * MIB };
const answer = (override: Partial<DemandAnswer>): DemandAnswer => ({
  ...{ outcome: "granted", grantedBytes: 64 * MIB, targetBytes: 264 * MIB, reason: "demand" },
  ...override,
});

describe("words", () => {
  it("for times are whole", () => {
    expect([formatSpan(1400), formatSpan(150_000), formatSpan(3 * 3_600_000)]).toEqual([
      "1 s",
      "3 min",
      "3 h",
    ]);
  });

  it("for a move say which way, how much, from where to where and why", () => {
    const move = { name: "a", fromBytes: 300 * MIB, toBytes: 200 * MIB, reason: "take-idle" } as const;
    expect(moveText(move)).toBe("100 MiB taken: 300 MiB -> 200 MiB (take-idle)");
    expect(moveText({ ...move, toBytes: 512 * MIB, reason: "give-back" })).toBe(
      "212 MiB given: 300 MiB -> 512 MiB (give-back)",
    );
  });

  it.each([
    [answer({}), "gets 64 MiB, its target is 264 MiB"],
    [answer({ grantedBytes: 0 }), "it has that already, its target is 264 MiB"],
    [
      answer({ outcome: "partial", grantedBytes: 8 * MIB, reason: "demand-partial" }),
      "gets 8 MiB now, its target is 264 MiB; the rest is being taken from others",
    ],
    [answer({ outcome: "refused", reason: "demand-refused" }), "refused, it is already at its maximum"],
    [answer({ outcome: "refused", reason: "inhibited" }), "refused, its QEMU cannot be reached"],
    [
      answer({ outcome: "refused", reason: "host-short" }),
      "refused, memory is short and the host cannot see that it needs more than its share",
    ],
    [answer({ outcome: "refused", reason: "stuck" }), "refused, the reason is stuck"],
  ])("for a demand say what came of it", (given, words) => {
    expect(demandText(demand, given)).toBe(`demanded 64 MiB more (pressure critical): ${words}`);
  });
});
