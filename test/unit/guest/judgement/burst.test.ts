/** The agent's judgement against bursts, in virtual time: a guest, a host that answers, and nothing that sleeps. */
import { describe, expect, it } from "vitest";
import { AgentJudge } from "../../../../guest/src/judgement/agent-judge.ts";
import { FakeGuestMemory } from "../../../fakes/fake-guest-memory.ts";

const MIB = 1024 * 1024;
const MB = 1_000_000;

interface Burst {
  readonly headroomBytes: number;
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
  /** When the burst begins, against the agent's own rhythm. */
  readonly startsAtMs: number;
  readonly helpMs: number;
  readonly deflateBytesPerSecond: number;
  readonly deflateOnOom?: boolean;
}

interface Outcome {
  readonly lowestAvailableBytes: number;
  readonly calls: number;
  readonly intervalAtRestMs: number;
  readonly availableAtFirstCallBytes: number | undefined;
}

/** Plays a 512 MiB guest, millisecond by millisecond; the host gives what is asked after `helpMs`. */
function play(burst: Burst): Outcome {
  const guest = new FakeGuestMemory(
    { fullBytes: 469 * MIB, balloonBytes: 312 * MIB, anonymousBytes: 157 * MIB - burst.headroomBytes },
    burst.deflateOnOom,
  );
  const judge = new AgentJudge(guest.traits, undefined);
  let [nextSampleMs, touchedBytes, calls, intervalAtRestMs] = [0, 0, 0, 0];
  let lowestAvailableBytes = guest.availableBytes;
  let availableAtFirstCallBytes: number | undefined;
  let targetBytes = guest.balloonBytes;
  const answers: { atMs: number; balloonBytes: number }[] = [];
  for (let nowMs = 0; nowMs < 5000; nowMs++) {
    if (nowMs >= burst.startsAtMs && touchedBytes < burst.burstBytes) {
      touchedBytes += burst.bytesPerSecond / 1000;
      guest.anonymousBytes += burst.bytesPerSecond / 1000;
    }
    for (const answer of answers)
      if (answer.atMs === nowMs) targetBytes = Math.min(targetBytes, answer.balloonBytes);
    guest.balloonBytes = Math.max(targetBytes, guest.balloonBytes - burst.deflateBytesPerSecond / 1000);
    lowestAvailableBytes = Math.min(lowestAvailableBytes, guest.availableBytes);
    if (nowMs < nextSampleMs) continue;
    const assessment = judge.judge(guest.sample(nowMs));
    if (!assessment) throw new Error("the sample is not readable");
    const demand = judge.demandToSend(assessment);
    if (nowMs < burst.startsAtMs) intervalAtRestMs = assessment.intervalMs;
    if (demand) {
      calls++;
      availableAtFirstCallBytes ??= assessment.use.availableBytes;
      const balloonBytes = Math.max(0, guest.balloonBytes - demand.needBytes);
      answers.push({ atMs: nowMs + burst.helpMs, balloonBytes });
    }
    nextSampleMs = nowMs + judge.nextSampleMs(assessment);
  }
  return { lowestAvailableBytes, calls, intervalAtRestMs, availableAtFirstCallBytes };
}

const FULL_SPEED = {
  headroomBytes: 48 * MIB,
  bytesPerSecond: 270 * MB,
  burstBytes: 280 * MB,
  helpMs: 20,
  deflateBytesPerSecond: 1600 * MB,
};
/** Whatever the moment in the sampling interval. */
const PHASES = Array.from({ length: 70 }, (_, index) => 500 + index);

describe("a burst at full speed", () => {
  it("never reaches the end of memory from 48 MiB, at whatever moment it starts", () => {
    for (const startsAtMs of PHASES) {
      const outcome = play({ ...FULL_SPEED, startsAtMs });
      expect(outcome.lowestAvailableBytes, `burst at ${startsAtMs} ms`).toBeGreaterThan(4 * MIB);
    }
  });

  it("is survived with deflate-on-oom as well, where the balloon hides in MemTotal", () => {
    for (const startsAtMs of PHASES) {
      const outcome = play({ ...FULL_SPEED, startsAtMs, deflateOnOom: true });
      expect(outcome.lowestAvailableBytes, `burst at ${startsAtMs} ms`).toBeGreaterThan(4 * MIB);
    }
  });

  it("is survived from 32 MiB", () => {
    for (const startsAtMs of PHASES) {
      const outcome = play({ ...FULL_SPEED, startsAtMs, headroomBytes: 32 * MIB });
      expect(outcome.lowestAvailableBytes, `burst at ${startsAtMs} ms`).toBeGreaterThan(0);
    }
  });

  it("is looked for every 70 ms at most with 48 MiB left", () => {
    expect(play({ ...FULL_SPEED, startsAtMs: 600 }).intervalAtRestMs).toBeLessThanOrEqual(70);
  });

  it("causes a bounded number of demands", () => {
    expect(play({ ...FULL_SPEED, startsAtMs: 600 }).calls).toBeLessThanOrEqual(30);
  });
});

describe.each([10, 50, 100, 200])("a burst of %i MB/s", (megabytesPerSecond) => {
  it("leaves memory at every moment, from much and from little headroom", () => {
    for (const headroomBytes of [48 * MIB, 100 * MIB]) {
      const bytesPerSecond = megabytesPerSecond * MB;
      const outcome = play({ ...FULL_SPEED, headroomBytes, bytesPerSecond, startsAtMs: 531 });
      expect(outcome.lowestAvailableBytes).toBeGreaterThan(4 * MIB);
    }
  });
});

describe("a slow host", () => {
  it("is demanded in time from 64 MiB when memory takes 100 ms to arrive", () => {
    for (const startsAtMs of PHASES) {
      const outcome = play({ ...FULL_SPEED, startsAtMs, helpMs: 100, headroomBytes: 64 * MIB });
      expect(outcome.lowestAvailableBytes, `burst at ${startsAtMs} ms`).toBeGreaterThan(0);
    }
  });
});
