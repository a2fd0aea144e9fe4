import { describe, expect, it } from "vitest";
import {
  type BalloonView,
  checkReport,
  type ReportedUse,
} from "../../../../host/src/belief/balloon-agreement.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";

/** 212 of 512 MiB are in a balloon that has stood still for long. */
function balloon(override: Partial<BalloonView> = {}): BalloonView {
  return {
    ...{ actualBytes: 300 * MIB, targetBytes: 300 * MIB, fullBytes: 512 * MIB },
    ...{ actualAtMs: 100_000, actualMovedAtMs: 0 },
    ...override,
  };
}

function claim(availableMib: number, balloonMib?: number, override: Partial<ReportedUse> = {}): ReportedUse {
  const balloonBytes = balloonMib === undefined ? undefined : balloonMib * MIB;
  return { source: "agent", atMs: 99_000, availableBytes: availableMib * MIB, balloonBytes, ...override };
}

describe("what a guest tells of its memory", () => {
  it.each([
    ["the same balloon", claim(100, 212)],
    ["a few pages more or less", claim(100, 230)],
    ["no balloon at all, and possible figures", claim(290)],
  ])("agrees with QEMU when it tells of %s", (_, told) => {
    expect(checkReport(told, balloon())).toEqual({ verdict: "agrees" });
  });

  it("contradicts QEMU when it counts another balloon", () => {
    expect(checkReport(claim(100, 0), balloon())).toEqual({
      verdict: "contradicts",
      problem:
        "its agent contradicts QEMU, so nothing is taken from the guest: it counts 0 MiB in the balloon, QEMU 212 MiB",
    });
  });

  it("contradicts QEMU when more is available than QEMU left it", () => {
    const told = claim(400, undefined, { source: "balloon driver" });
    expect(checkReport(told, balloon())).toMatchObject({
      problem: expect.stringMatching(/^its balloon driver .* 400 MiB available, QEMU left it 300 MiB$/),
    });
  });

  it.each([
    ["moved a moment before", balloon({ actualMovedAtMs: 98_000 })],
    ["moved since", balloon({ actualMovedAtMs: 99_500 })],
    ["is still on its way", balloon({ targetBytes: 200 * MIB })],
    ["was not looked at since", balloon({ actualAtMs: 98_000 })],
    ["is of unknown size", balloon({ actualBytes: undefined })],
  ])("is not judged while the balloon %s", (_, view) => {
    expect(checkReport(claim(400, 0), view)).toEqual({ verdict: "unknown" });
  });
});
