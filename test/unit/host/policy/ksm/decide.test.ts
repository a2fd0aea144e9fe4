import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { KsmGuest, KsmReading, KsmSnapshot } from "../../../../../host/src/model/ksm.ts";
import type { KsmSettings } from "../../../../../host/src/model/ksm-settings.ts";
import {
  decideKsm,
  FRESH_KSM,
  type KsmCommands,
  type KsmMemory,
} from "../../../../../host/src/policy/ksm/decide.ts";
import { checkUnmerge } from "../../../../../host/src/policy/ksm/unmerge.ts";
import { aKsmGuest, aKsmSnapshot, aReading, KSM_NOW_MS, ksmSettings } from "../../../../fakes/ksm-facts.ts";

const AUTO: KsmCommands = { written: {}, manual: "auto", unmerging: false, switchedOff: new Set() };
/** What one batch of 64 pages every 20 ms comes to. */
const LEAST_RATE = 3_200;

function decide(
  given: {
    readonly snapshot?: Partial<KsmSnapshot>;
    readonly settings?: Partial<KsmSettings>;
    readonly orders?: Partial<KsmCommands>;
    readonly memory?: KsmMemory;
  } = {},
) {
  const snapshot = aKsmSnapshot(given.snapshot);
  const orders = { ...AUTO, ...given.orders };
  return decideKsm(snapshot, given.memory ?? FRESH_KSM, ksmSettings(given.settings), orders);
}

function knobs(override: Partial<KsmReading["knobs"]>): { reading: KsmReading } {
  return { reading: aReading({ knobs: { run: 0, pagesToScan: 100, sleepMs: 20, ...override } }) };
}

function pagesASecond({ pagesToScan = 0, sleepMs = 1 }): number {
  return (pagesToScan * 1000) / sleepMs;
}

describe("what is not the broker's to turn", () => {
  it.each(["off", "observe"] as const)("is left alone in mode %s", (mode) => {
    expect(decide({ settings: { mode } })).toMatchObject({ reason: mode, knobs: {}, merges: [] });
  });

  it("is left to another program, which is named", () => {
    const rival = "ksmtuned (process 42) holds it";
    expect(decide({ snapshot: { rival } })).toMatchObject({
      ...{ reason: "rival", detail: rival, knobs: {}, merges: [] },
    });
  });

  it("is left to a program that changed a knob, until it has been quiet for half an hour", () => {
    const orders = { written: { pagesToScan: 1250, run: 1 } };
    const seen = decide({ snapshot: knobs({ run: 1, pagesToScan: 300 }), orders });
    expect(seen).toMatchObject({ reason: "foreign-change", knobs: {}, merges: [] });
    expect(seen.detail).toBe("pagesToScan is 300, was 1250");
    const later = (minutes: number) => ({
      ...knobs({ run: 1, pagesToScan: 300 }),
      nowMs: KSM_NOW_MS + minutes * 60_000,
    });
    const still = decide({ snapshot: later(29), memory: seen.memory });
    expect(still.reason).toBe("foreign-change");
    const moved = { ...later(29), ...knobs({ run: 0, pagesToScan: 300 }) };
    const again = decide({ snapshot: moved, memory: still.memory });
    expect(again.detail).toBe("run is 0, was 1");
    expect(decide({ snapshot: later(30), memory: still.memory }).knobs).toHaveProperty("run");
    expect(decide({ snapshot: later(1), memory: seen.memory, orders: { manual: "on" } }).reason).toBe(
      "asked",
    );
  });

  it("does not take the advisor's pace for another's hand", () => {
    const advised = knobs({ run: 1, pagesToScan: 5_000, advisorMode: "scan-time" });
    const orders = { written: { advisorMode: "scan-time", pagesToScan: 500, run: 1 } } as const;
    expect(decide({ snapshot: advised, settings: { mode: "advisor" }, orders }).reason).toBe("guest-started");
  });

  it("rests while pages are unmerged, and while the admin commands off", () => {
    expect(decide({ orders: { unmerging: true } })).toMatchObject({ reason: "unmerging", knobs: {} });
    expect(decide({ orders: { manual: "off" } })).toMatchObject({ reason: "manual-off", knobs: { run: 0 } });
  });
});

describe("ksmd", () => {
  it("rests until guests that must not share are apart", () => {
    const guests = [aKsmGuest(), aKsmGuest({ name: "other", trust: "b", processId: 7, residentBytes: 1 })];
    const mixed = decide({ snapshot: { guests } });
    expect(mixed).toMatchObject({ reason: "trust-unsettled", detail: "other", knobs: { run: 0 } });
    expect(mixed.merges).toContainEqual({ name: "other", reason: "other-trust", switchTo: false });
    const apart = guests.map((guest) =>
      guest.name === "other" ? { ...guest, merging: { on: false } } : guest,
    );
    expect(decide({ snapshot: { guests: apart } }).knobs.run).toBe(1);
  });

  it("rests where no guest's memory can be merged", () => {
    const merging: KsmGuest["merging"] = { on: true, obstacle: "hugepages" };
    const guests = [aKsmGuest({ merging })];
    const short = { totalBytes: 16 * GIB, availableBytes: GIB };
    expect(decide({ snapshot: { guests, host: short }, orders: { manual: "on" } })).toMatchObject({
      ...{ reason: "nothing-to-merge", knobs: { run: 0 } },
    });
  });
});

describe("adaptive", () => {
  const large = [aKsmGuest({ residentBytes: 64 * GIB })];
  const short = { totalBytes: 100 * GIB, availableBytes: 5 * GIB };

  it("scans as hard as the budget of CPU allows", () => {
    const full = decide({ snapshot: { guests: large, host: short }, settings: { maxCpuPercent: 28 } });
    expect(full).toMatchObject({ phase: "harvest", knobs: { run: 1, sleepMs: 20 } });
    // 28 % of a second at 1.4 µs a page is 200,000 pages, in the 72 % of it that ksmd sleeps.
    expect(pagesASecond(full.knobs)).toBeCloseTo(200_000 / 0.72, -3);
  });

  it("never goes over all of memory in less than ten seconds", () => {
    const small = [aKsmGuest({ residentBytes: 400 * MIB })];
    const { knobs: written } = decide({ snapshot: { guests: small, host: short } });
    expect(pagesASecond(written)).toBeGreaterThan((400 * MIB) / 4096 / 10.5);
    expect(pagesASecond(written)).toBeLessThan((400 * MIB) / 4096 / 9);
  });

  it("spends more on a guest that has just started than urgency alone would", () => {
    const ample = { totalBytes: 100 * GIB, availableBytes: 90 * GIB };
    const started = decide({ snapshot: { guests: large, host: ample } });
    expect(pagesASecond(started.knobs)).toBeGreaterThan(100_000);
  });

  it("keeps what is merged with scans far apart, by longer sleeps", () => {
    const phase = {
      ...FRESH_KSM.phase,
      phase: "maintain",
      periodMs: 30 * 60_000,
      knownProcesses: [101],
    } as const;
    const { knobs: written } = decide({ memory: { ...FRESH_KSM, phase }, snapshot: { host: short } });
    expect(written).toMatchObject({ run: 1, pagesToScan: 64 });
    expect(written.sleepMs).toBeGreaterThan(500);
    expect(pagesASecond(written)).toBeLessThan(LEAST_RATE);
  });

  it("leaves knobs alone that are near enough", () => {
    const host = { snapshot: { guests: large, host: short } };
    const wanted = decide(host).knobs.pagesToScan ?? 0;
    const near = { ...host.snapshot, ...knobs({ pagesToScan: Math.round(wanted * 1.1) }) };
    expect(decide({ snapshot: near }).knobs.pagesToScan).toBe(Math.round(wanted * 1.1));
    const far = { ...host.snapshot, ...knobs({ pagesToScan: Math.round(wanted * 1.3) }) };
    expect(decide({ snapshot: far }).knobs.pagesToScan).toBe(wanted);
  });

  it("switches the kernel's advisor off, under which it could set no pace", () => {
    const { knobs: written } = decide({ snapshot: knobs({ advisorMode: "scan-time" }) });
    expect(written.advisorMode).toBe("none");
  });

  it("rests with nothing to do", () => {
    const phase = { ...FRESH_KSM.phase, knownProcesses: [101] };
    expect(decide({ memory: { ...FRESH_KSM, phase } })).toMatchObject({ reason: "idle", knobs: { run: 0 } });
  });
});

describe("the advisor", () => {
  const settings = { mode: "advisor" } as const;
  const host = { totalBytes: 100 * GIB, availableBytes: 5 * GIB };

  it("is held to the budget, and never given a pace", () => {
    const { knobs: written } = decide({ settings, snapshot: { host, ...knobs({ advisorMode: "none" }) } });
    expect(written).toMatchObject({ advisorMode: "scan-time", advisorMaxCpuPercent: 50, run: 1 });
    expect(written.advisorTargetScanSeconds).toBe(60);
    expect(written).not.toHaveProperty("pagesToScan");
  });

  it("does not exist on older kernels, which is said", () => {
    expect(decide({ settings })).toMatchObject({ reason: "no-advisor", knobs: {} });
  });
});

describe("ksmtuned's mode", () => {
  it("writes what the rule says, and switches the advisor off under which it could not", () => {
    const ksmtuned = { totalKib: 1000, freeKib: 100, availableKib: 100, committedKib: 900 };
    const snapshot = { ksmtuned, ...knobs({ advisorMode: "scan-time" }) };
    expect(decide({ settings: { mode: "ksmtuned" }, snapshot })).toMatchObject({
      reason: "ksmtuned-short",
      knobs: { advisorMode: "none", pagesToScan: 300, run: 1 },
    });
  });
});

describe("unmerging everything", () => {
  it("fits only with a margin and the reserve", () => {
    expect(checkUnmerge(1000, 1300, 100)).toMatchObject({ fits: true, neededBytes: 1300 });
    expect(checkUnmerge(1000, 1299, 100).fits).toBe(false);
  });
});
