/** A guest whose monitor others use as well gets its memory later: its headroom is larger by what it may grow meanwhile. */
import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { MonitorAccess } from "../../../../../host/src/model/guest.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { bareHeadroom, blindHeadroom, headroom } from "../../../../../host/src/policy/need/headroom.ts";
import { aGuest, NOW, settingsFor } from "../../../../fakes/facts.ts";

const TUNING = { ...settingsFor(8192).tuning, headroomBytes: 0, headroomPercent: 0 };
const SHARED: MonitorAccess = { mode: "lease", worstWaitMs: 300 };
const PEAK = 400 * MIB;

function setUp(monitor: MonitorAccess | undefined) {
  const facts = aGuest({ maxMib: 8192, ...(monitor !== undefined && { facts: { monitor } }) });
  const { report } = facts;
  if (report === undefined) throw new Error("the guest has no report");
  const memory = newGuestMemory(NOW);
  const growth = { ...memory.growth, usePeakBytesPerSecond: PEAK, residentPeakBytesPerSecond: PEAK };
  return { facts, memory: { ...memory, growth }, report: { ...report, totalBytes: 8 * GIB } };
}

describe("the wait for a shared monitor", () => {
  it("adds to the headroom what the guest grew in it at its fastest", () => {
    const [own, shared] = [undefined, SHARED].map((monitor) => {
      const { facts, report, memory } = setUp(monitor);
      return headroom(facts, report, memory, TUNING);
    });
    expect((shared ?? 0) - (own ?? 0)).toBe(PEAK * 0.3);
  });

  it("adds it for growth that is under way, too", () => {
    const [own, shared] = [undefined, SHARED].map((monitor) => {
      const { facts, report } = setUp(monitor);
      return bareHeadroom(facts, { ...report, growthBytesPerSecond: PEAK });
    });
    expect((shared ?? 0) - (own ?? 0)).toBe(PEAK * 0.3);
  });

  it("adds it for a guest without agent, as far as the host sees it grow", () => {
    const [own, shared] = [undefined, SHARED].map((monitor) => {
      const { facts, memory } = setUp(monitor);
      return blindHeadroom(facts, memory, TUNING);
    });
    expect((shared ?? 0) - (own ?? 0)).toBe(PEAK * 0.3);
  });

  it.each<[string, MonitorAccess]>([
    ["is the guest's own", { mode: "own" }],
    ["was never waited for", { mode: "lease" }],
  ])("changes nothing where the monitor %s", (_, monitor) => {
    const none = setUp(undefined);
    const { facts, report, memory } = setUp(monitor);
    expect(headroom(facts, report, memory, TUNING)).toBe(headroom(none.facts, none.report, memory, TUNING));
  });
});
