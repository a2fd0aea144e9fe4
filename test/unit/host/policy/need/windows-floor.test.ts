/** How far a Windows guest may be squeezed. */
import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestReport } from "../../../../../host/src/model/guest.ts";
import { DEFAULT_TUNING } from "../../../../../host/src/model/settings.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { lowest } from "../../../../../host/src/policy/move/next-target.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { WINDOWS_LEAST_BYTES, windowsFloorBytes } from "../../../../../host/src/policy/need/windows-floor.ts";
import { aGuest, NOW } from "../../../../fakes/facts.ts";
import { aTakingScene } from "../../../../fakes/policy-scene.ts";

const CRITICAL = aTakingScene({ regime: "critical", fairBytesPerShare: GIB });

function floorOf(os: "linux" | "windows", report: Partial<GuestReport> = {}) {
  const shape = { maxMib: 8192, minMib: 256, availableMib: 7900 };
  const guest = aGuest({ ...shape, report });
  const facts = { ...guest, agent: { connected: true, transport: "virtio-serial", osFamily: os } as const };
  return assess(facts, newGuestMemory(0), DEFAULT_TUNING, NOW);
}

describe("the floor of a Windows guest", () => {
  it("is 1.5 GiB however little it uses, and that is vital; Linux goes lower", () => {
    const needed = 1536 * MIB;
    expect(floorOf("windows")).toMatchObject({ floorBytes: needed, vitalBytes: needed, systemBytes: needed });
    expect(floorOf("linux").floorBytes).toBeLessThan(needed);
    expect(floorOf("linux").systemBytes).toBe(0);
  });

  it("is what it uses where that is more", () => {
    expect(floorOf("windows", { availableBytes: 3 * GIB }).floorBytes).toBeGreaterThan(5 * GIB);
  });

  it("is no more than the whole guest", () => {
    const guest = aGuest({ maxMib: 1024, availableMib: 900 });
    const facts = {
      ...guest,
      agent: { connected: true, transport: "virtio-serial", osFamily: "windows" } as const,
    };
    expect(assess(facts, newGuestMemory(0), DEFAULT_TUNING, NOW).floorBytes).toBe(1024 * MIB);
  });
});

describe("the floor of a Windows guest without agent", () => {
  const stats = {
    freeBytes: 7900 * MIB,
    availableBytes: 7950 * MIB,
    cacheBytes: 100 * MIB,
    updatedAtMs: NOW,
  };
  const floorOfSilent = (facts: Partial<ReturnType<typeof aGuest>>) => {
    const guest = aGuest({ maxMib: 8192, minMib: 256, report: null, facts: { stats, ...facts } });
    return assess(guest, newGuestMemory(0), DEFAULT_TUNING, NOW);
  };

  it("is 1.5 GiB too: its driver's statistics give it away", () => {
    const linux = { ...stats, availableBytes: 8000 * MIB };
    const { floorBytes, vitalBytes, bareBytes } = floorOfSilent({});
    expect({ floorBytes, vitalBytes, bareBytes }).toEqual({
      floorBytes: 1536 * MIB,
      vitalBytes: 1536 * MIB,
      bareBytes: 1536 * MIB,
    });
    expect(floorOfSilent({ stats: linux }).floorBytes).toBeLessThan(1536 * MIB);
  });
});

describe("when the host's memory is critical", () => {
  it("a Windows guest is taken to what its system needs, and Linux to what it uses", () => {
    expect(lowest(floorOf("windows"), CRITICAL)).toBe(1536 * MIB);
    expect(lowest(floorOf("linux"), CRITICAL)).toBeLessThan(1024 * MIB);
  });
});

describe("commit headroom", () => {
  const commit = (committedGib: number, limitGib: number) =>
    ({ committedBytes: committedGib * GIB, commitLimitBytes: limitGib * GIB }) as GuestReport;

  it("leaves a tenth of the limit to be promised: of 10 GiB with 5 promised, 4 may be taken", () => {
    expect(windowsFloorBytes(commit(5, 10), 8 * GIB)).toBe(4 * GIB);
  });

  it("leaves at least half a GiB", () => {
    expect(windowsFloorBytes(commit(1, 3), 3 * GIB)).toBe(1.5 * GIB);
    expect(windowsFloorBytes(commit(2, 3), 3 * GIB)).toBe(2.5 * GIB);
  });

  it("lets a guest that is short of it keep what it has, and claim no more", () => {
    expect(windowsFloorBytes(commit(9.9, 10), 6 * GIB)).toBe(6 * GIB);
    expect(windowsFloorBytes(commit(99, 10), 6 * GIB)).toBe(6 * GIB);
  });

  it("does not count where it is not reported", () => {
    expect(windowsFloorBytes({} as GuestReport, 8 * GIB)).toBe(WINDOWS_LEAST_BYTES);
  });
});
