import { describe, expect, it } from "vitest";
import { DomainRun } from "../../../../host/src/libvirt/domain-run.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";

const FULL = 512 * MIB;

function setUp() {
  const clock = { ms: 100_000, nowMs: () => clock.ms, wallMs: () => 1_700_000_000_000 + clock.ms };
  const run = new DomainRun(clock);
  run.begin(FULL);
  const seconds = () => Math.floor(clock.wallMs() / 1000);
  const stats = () => ({ values: { freeBytes: MIB }, lastUpdateSeconds: seconds() });
  return { clock, run, stats, seconds };
}

describe("a running domain", () => {
  it("has statistics while its driver answers, and none when it is silent for three periods", () => {
    const { clock, run, stats } = setUp();
    const said = stats();
    expect(run.freshStats(said, 2).stats).toMatchObject({ freeBytes: MIB });
    clock.ms += 6_000;
    expect(run.freshStats(said, 2).stats).toBeDefined();
    clock.ms += 2_000;
    expect(run.freshStats(said, 2)).toEqual({});
  });

  it("has no statistics of before a reset, which libvirt goes on telling", () => {
    const { clock, run, stats } = setUp();
    const before = stats();
    run.freshStats(before, 2);
    run.reset();
    expect(run.freshStats(before, 2)).toEqual({});
    clock.ms += 1_000;
    expect(run.freshStats(stats(), 2).stats).toBeDefined();
  });

  it("has all of its memory after a reset until a driver moves the balloon", () => {
    const { clock, run } = setUp();
    run.noteEvidence(300 * MIB, undefined);
    expect(run.balloon(300 * MIB, 0).actualBytes).toBe(300 * MIB);
    run.reset();
    run.noteEvidence(300 * MIB, undefined);
    expect(run.balloon(300 * MIB, 0).actualBytes).toBe(FULL);
    clock.ms += 4_000;
    expect(run.noteChange(310 * MIB)).toBe(true);
    expect(run.balloon(310 * MIB, 0).actualBytes).toBe(310 * MIB);
  });

  it("takes the three events of one reset for one", () => {
    const { clock, run } = setUp();
    const { boot } = run;
    expect([run.reset(), run.reset(), run.reset()]).toEqual([true, false, false]);
    expect(run.boot).not.toBe(boot);
    clock.ms += 5_000;
    expect(run.reset()).toBe(true);
  });

  it("is not told a balloon larger than its memory", () => {
    const { run } = setUp();
    expect(run.noteChange(FULL + 2 * MIB)).toBe(false);
  });

  it("keeps what is in the balloon when memory is plugged, and believes no statistics of the old size", () => {
    const { clock, run, stats } = setUp();
    run.noteTarget(300 * MIB);
    run.noteSize(FULL + 128 * MIB);
    expect(run.balloon(FULL, 0).targetBytes).toBe(428 * MIB);
    expect(run.isHotplugged(clock.ms)).toBe(true);
    expect(run.freshStats({ ...stats(), lastUpdateSeconds: stats().lastUpdateSeconds - 1 }, 2)).toEqual({});
    clock.ms += 10_000;
    expect(run.isHotplugged(clock.ms)).toBe(false);
    expect(run.freshStats(stats(), 2).stats).toBeDefined();
  });
});
