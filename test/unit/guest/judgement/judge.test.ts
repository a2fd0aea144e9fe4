/** What the agent takes for growth, and what it does not. */
import { describe, expect, it } from "vitest";
import {
  type JudgementSettings,
  SampleJudge,
  type SampleJudgement,
} from "../../../../guest/src/judgement/judge.ts";
import { acceptTuning } from "../../../../guest/src/judgement/tuning.ts";
import { FakeGuestMemory } from "../../../fakes/fake-guest-memory.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const SETTINGS: JudgementSettings = {
  ...acceptTuning(undefined),
  helpMs: 150,
  waitingForHelp: false,
  inflating: false,
};

function squeezed(availableBytes: number, deflateOnOom = false): FakeGuestMemory {
  const sizes = { fullBytes: 469 * MIB, balloonBytes: 312 * MIB, anonymousBytes: 157 * MIB - availableBytes };
  return new FakeGuestMemory(sizes, deflateOnOom);
}

/** Lets the agent look at `guest` at the given moment. */
function watcher(guest: FakeGuestMemory) {
  const assessor = new SampleJudge(guest.traits);
  return (atMs: number, settings: Partial<JudgementSettings> = {}): SampleJudgement => {
    const assessment = assessor.judge(guest.sample(atMs), { ...SETTINGS, ...settings });
    if (!assessment) throw new Error("the sample is not readable");
    return assessment;
  };
}

describe("at rest", () => {
  it("looks every two seconds while gigabytes are available", () => {
    const look = watcher(new FakeGuestMemory({ fullBytes: 8 * GIB, balloonBytes: 0, anonymousBytes: GIB }));
    look(0);
    expect(look(2000)).toMatchObject({ intervalMs: 2000, demand: undefined, pressure: "none" });
  });

  it("looks as often as the hardware can hurt where a balloon has taken memory, and only there", () => {
    const fast = { touchBytesPerSecond: 2 * GIB };
    const [ballooned, whole] = [squeezed(100 * MIB), squeezed(100 * MIB)];
    whole.balloonBytes = 0;
    whole.anonymousBytes += 312 * MIB;
    // (100 MiB - reserve) ÷ speed ÷ 2
    expect(watcher(ballooned)(0, fast).intervalMs).toBe(21);
    expect(watcher(whole)(0, fast).intervalMs).toBe(watcher(whole)(0).intervalMs);
  });

  it("stays quiet with 40 MiB left and nothing growing", () => {
    const look = watcher(squeezed(40 * MIB));
    for (let atMs = 0; atMs < 3000; atMs += 50) expect(look(atMs).demand).toBeUndefined();
  });
});

describe("growth", () => {
  it("is not spread over the time in which a first look found nothing", () => {
    const guest = squeezed(100 * MIB);
    const judge = new SampleJudge(guest.traits);
    judge.judge(guest.sample(0), SETTINGS);
    judge.stay(480);
    guest.anonymousBytes += 10 * MIB;
    expect(judge.judge(guest.sample(500), SETTINGS)?.growth.bytesPerSecond).toBe(500 * MIB);
  });

  it("demands on the first sample that shows a burst, with 48 MiB available before", () => {
    const guest = squeezed(48 * MIB);
    const look = watcher(guest);
    look(0);
    guest.anonymousBytes += 17 * MIB;
    expect(look(63).demand).toMatchObject({ reason: "runs-out", level: "critical" });
  });

  it("demands the growth of a second above the reserve", () => {
    const guest = squeezed(48 * MIB);
    const look = watcher(guest);
    look(0);
    guest.anonymousBytes += 20 * MIB;
    expect(look(100).demand?.needBytes).toBe((16 + 200 - 28) * MIB);
  });

  it("takes a huge page or a starting program for noise", () => {
    const guest = squeezed(40 * MIB);
    const look = watcher(guest);
    look(0);
    guest.anonymousBytes += 3 * MIB;
    expect(look(20)).toMatchObject({ demand: undefined, growth: { bytesPerSecond: 0 } });
  });

  it("does not take reading files for growth, though MemAvailable falls", () => {
    const guest = squeezed(60 * MIB);
    const look = watcher(guest);
    look(0);
    guest.fileBytes += 24 * MIB;
    guest.uncountedFileBytes += 12 * MIB;
    expect(look(60)).toMatchObject({ demand: undefined, growth: { bytesPerSecond: 0 } });
  });

  it("sees a steady climb that is below the noise in each interval", () => {
    const guest = squeezed(60 * MIB);
    const look = watcher(guest);
    let last = look(0);
    for (let atMs = 20; atMs <= 400; atMs += 20) {
      guest.anonymousBytes += 1 * MIB;
      last = look(atMs);
    }
    expect(last.growth.bytesPerSecond).toBeCloseTo(50 * MIB, -6);
  });

  it("shortens the interval while use grows", () => {
    const guest = squeezed(100 * MIB);
    const look = watcher(guest);
    const restMs = look(0).intervalMs;
    guest.anonymousBytes += 10 * MIB;
    expect(look(500).intervalMs).toBeLessThan(restMs / 2);
  });

  it("forgets what happened before a long gap: the guest was stopped or moved", () => {
    const guest = squeezed(100 * MIB);
    const look = watcher(guest);
    look(0);
    guest.anonymousBytes += 40 * MIB;
    expect(look(60_000).growth.bytesPerSecond).toBe(0);
  });
});

describe.each([false, true])("an inflating balloon (deflate-on-oom: %s)", (deflateOnOom) => {
  it("is not taken for growth of the guest", () => {
    const guest = squeezed(120 * MIB, deflateOnOom);
    const look = watcher(guest);
    look(0);
    guest.balloonBytes += 30 * MIB;
    expect(look(60)).toMatchObject({ growth: { bytesPerSecond: 0 }, demand: undefined });
  });

  it("makes the guest demand when it takes the last memory", () => {
    const guest = squeezed(40 * MIB, deflateOnOom);
    const look = watcher(guest);
    look(0);
    guest.balloonBytes += 34 * MIB;
    const { demand } = look(60);
    expect(demand).toMatchObject({ reason: "critical", level: "critical" });
    expect(demand?.needBytes).toBe((16 + 64 - 6) * MIB);
  });

  it("makes the guest demand one sample ahead", () => {
    const guest = squeezed(54 * MIB, deflateOnOom);
    const look = watcher(guest);
    look(0);
    guest.balloonBytes += 40 * MIB;
    expect(look(60).demand?.reason).toBe("squeezed");
  });
});

describe("an announced inflation", () => {
  it("makes the agent look at least every 100 ms", () => {
    const look = watcher(new FakeGuestMemory({ fullBytes: 8 * GIB, balloonBytes: 0, anonymousBytes: GIB }));
    expect(look(0, { inflating: true }).intervalMs).toBeLessThanOrEqual(100);
  });
});

describe("pressure", () => {
  it("rises with refaults and is felt as soon as they are counted", () => {
    const guest = squeezed(87 * MIB);
    guest.fileBytes = 100 * MIB;
    const look = watcher(guest);
    look(0);
    guest.refaultFilePages += 950;
    expect(look(500).pressure).toBe("moderate");
  });

  it("is not felt from allocations of a balloon that takes cache, until a second after it stands still", () => {
    const guest = squeezed(87 * MIB);
    guest.fileBytes = 80 * MIB;
    const look = watcher(guest);
    const stall = () => {
      guest.allocationStalls += 5;
      guest.someStallUs += 50_000;
    };
    look(0);
    guest.balloonBytes += 10 * MIB;
    stall();
    expect(look(500).pressure).toBe("none");
    stall();
    expect(look(1_500).pressure).toBe("none");
    stall();
    expect(look(2_100).pressure).toBe("moderate");
  });

  it("is not felt from stalls after the host announced that it takes memory, however slowly the balloon grows", () => {
    const guest = squeezed(87 * MIB);
    guest.fileBytes = 80 * MIB;
    const look = watcher(guest);
    look(0);
    guest.balloonBytes += MIB;
    guest.allocationStalls += 5;
    expect(look(500, { inflating: true }).pressure).toBe("none");
    expect(look(1_000).pressure).toBe("none");
  });

  it("makes a guest with little memory demand although nothing grows", () => {
    const guest = squeezed(24 * MIB);
    const look = watcher(guest);
    look(0);
    guest.allocationStalls += 20;
    expect(look(500).demand).toMatchObject({ reason: "pressure", level: "moderate" });
  });
});
