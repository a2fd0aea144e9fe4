import { describe, expect, it } from "vitest";
import { GuestRecord } from "../../../../host/src/broker/guest-record.ts";
import { resolveLimits } from "../../../../host/src/broker/limits.ts";
import { guestFacts } from "../../../../host/src/broker/snapshot.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestReport } from "../../../../host/src/model/guest.ts";
import { aGuestMonitor, anAgentLink, anEntry } from "../../../fakes/broker-adapters.ts";

const SECOND = 1000;

function report(receivedAtMs: number, bootId: string): GuestReport {
  return {
    ...{ receivedAtMs, bootId, sampledAtMs: 1, pressure: "none" },
    ...{ totalBytes: GIB, availableBytes: GIB / 2 },
  };
}

function aRecord() {
  const agent = anAgentLink();
  const record = new GuestRecord(anEntry(), aGuestMonitor(), agent, 0);
  record.tookFacts({ inhibitions: [], maxBytes: GIB }, 0);
  const hear = (receivedAtMs: number, bootId: string) => record.heard(report(receivedAtMs, bootId));
  return { record, agent, hear };
}

describe("limits", () => {
  const auto = { kind: "auto" } as const;
  const bytes = (mib: number) => ({ kind: "bytes", bytes: mib * MIB }) as const;
  const percent = (share: number) => ({ kind: "percent", percent: share }) as const;

  it.each([
    ["auto is the guest's full size", bytes(256), auto, 256, 1024],
    ["a maximum above the full size is the full size", bytes(256), bytes(4096), 256, 1024],
    ["a minimum above the maximum is the maximum", bytes(900), bytes(512), 512, 512],
    ["a share of the minimum is of the maximum", percent(25), bytes(512), 128, 512],
    ["a share of the maximum is of the full size", percent(50), percent(50), 256, 512],
  ])("%s", (_, min, max, minMib, maxMib) => {
    const limits = resolveLimits({ min, max, shares: 7 }, GIB);
    expect(limits).toEqual({ minBytes: minMib * MIB, maxBytes: maxMib * MIB, shares: 7 });
  });

  it("are unknown until QEMU reports the guest's size", () => {
    const record = new GuestRecord(anEntry(), aGuestMonitor(), undefined, 0);
    expect(record.limits()).toBeUndefined();
    expect(guestFacts(record, 0)).toBeUndefined();
  });
});

describe("reports", () => {
  it("of the boot before a reset are not used, though they arrive after it", () => {
    const { record, hear } = aRecord();
    hear(1 * SECOND, "a");
    expect(record.boot.report).toBeDefined();
    record.wasReset(2 * SECOND);
    expect(record.boot.report).toBeUndefined();
    hear(3 * SECOND, "a");
    expect(record.boot.report).toBeUndefined();
    hear(4 * SECOND, "b");
    expect(record.boot.report?.bootId).toBe("b");
  });

  it("are believed again after a while, in case the reset was reported too late", () => {
    const { record, hear } = aRecord();
    hear(1 * SECOND, "a");
    record.wasReset(2 * SECOND);
    hear(13 * SECOND, "a");
    expect(record.boot.report?.bootId).toBe("a");
  });

  it("with another boot id show a boot without an event", () => {
    const { record, hear } = aRecord();
    hear(1 * SECOND, "a");
    record.boot.countOomKills(3);
    hear(5 * SECOND, "b");
    expect(record.boot.seenAtMs).toBe(5 * SECOND);
    expect(record.boot.oomKills).toBeUndefined();
    expect(record.boot.report?.bootId).toBe("b");
  });

  it("that contradict QEMU are kept from the policy, and so are the driver's statistics", () => {
    const { record, hear } = aRecord();
    hear(1 * SECOND, "a");
    record.tookFacts({ inhibitions: [], stats: { updatedAtMs: 1 * SECOND, freeBytes: 1 } }, 1 * SECOND);
    expect(guestFacts(record, SECOND)).toMatchObject({ report: { bootId: "a" }, stats: { freeBytes: 1 } });
    record.boot.judged("it lies");
    expect(guestFacts(record, SECOND)).not.toHaveProperty("report");
    expect(guestFacts(record, SECOND)).not.toHaveProperty("stats");
  });
});

describe("memory that is plugged", () => {
  it("is no move of the balloon by another program, and its target moves along", () => {
    const { record } = aRecord();
    const { balloon } = record;
    balloon.commanded(512 * MIB, 1);
    balloon.sawActual(512 * MIB, 2, false);
    record.tookFacts({ inhibitions: ["memory-hotplug"], maxBytes: GIB + 256 * MIB }, 3);
    expect(balloon).toMatchObject({ actualBytes: 768 * MIB, targetBytes: 768 * MIB, movedAtMs: 3 });
    expect([4, 5, 6].map((atMs) => balloon.sawActual(768 * MIB, atMs, false))).toEqual([false, false, false]);
    record.tookFacts({ inhibitions: [], maxBytes: GIB }, 7);
    expect(balloon).toMatchObject({ actualBytes: 512 * MIB, targetBytes: 512 * MIB });
  });

  it("keeps reports and statistics from the policy while it comes or goes", () => {
    const { record, hear } = aRecord();
    hear(1 * SECOND, "a");
    record.tookFacts({ inhibitions: ["memory-hotplug"], stats: { updatedAtMs: 1, freeBytes: 1 } }, 1);
    expect(guestFacts(record, SECOND)).not.toHaveProperty("report");
    expect(guestFacts(record, SECOND)).not.toHaveProperty("stats");
  });

  it("is requested at a hint, but not at each of many", () => {
    const { record } = aRecord();
    expect([0, 400, 999, 1000].map((atMs) => record.doubtedMemory(atMs))).toEqual([true, false, false, true]);
  });
});

describe("what is kept of a guest", () => {
  it("is its newest size, from whichever source and in whichever order", () => {
    const { record } = aRecord();
    const { balloon } = record;
    balloon.sawActual(512 * MIB, 10);
    balloon.sawActual(300 * MIB, 30);
    balloon.sawActual(512 * MIB, 20);
    expect(balloon.actualBytes).toBe(300 * MIB);
    balloon.sawActual(300 * MIB, 40);
    expect(balloon).toMatchObject({ actualAtMs: 40, movedAtMs: 30 });
  });

  it("is a bounded number of moves, newest first", () => {
    const { record } = aRecord();
    for (let atMs = 0; atMs < 200; atMs++)
      record.balloon.remember({ atMs, fromBytes: 2, toBytes: 1, reason: "take-idle" });
    expect(record.balloon.moves).toHaveLength(50);
    expect(record.balloon.moves[0]?.atMs).toBe(199);
  });

  it("is not what was commanded to a QEMU that went away", () => {
    const { record } = aRecord();
    record.connectionChanged(true, 0);
    record.balloon.commanded(300 * MIB, 1);
    record.connectionChanged(false, 0);
    expect(record.connected).toBe(false);
    expect(record.balloon.targetBytes).toBeUndefined();
  });

  it("may have all of its memory after a new connection, until QEMU tells its size over that", () => {
    const { record } = aRecord();
    record.balloon.sawActual(300 * MIB, 10);
    record.connectionChanged(false, 20);
    expect(guestFacts(record, 25)?.balloon?.actualBytes).toBe(300 * MIB);
    record.connectionChanged(true, 30);
    record.balloon.sawActual(300 * MIB, 29);
    expect(guestFacts(record, 35)?.balloon?.actualBytes).toBe(GIB);
    record.balloon.sawActual(400 * MIB, 31);
    expect(guestFacts(record, 40)?.balloon?.actualBytes).toBe(400 * MIB);
  });

  it("may have all of its memory where its agent tells of a new boot while QEMU cannot be reached", () => {
    const { record, hear } = aRecord();
    record.connectionChanged(true, 0);
    record.balloon.sawActual(300 * MIB, 10);
    hear(11, "boot-1");
    record.heardBoot("boot-2", 12);
    expect(guestFacts(record, 13)?.balloon?.actualBytes).toBe(300 * MIB);
    hear(14, "boot-2");
    record.connectionChanged(false, 20);
    record.heardBoot("boot-2", 21);
    expect(guestFacts(record, 25)?.balloon?.actualBytes).toBe(300 * MIB);
    record.heardBoot("boot-3", 30);
    expect(guestFacts(record, 35)?.balloon?.actualBytes).toBe(GIB);
  });

  it("is a manual target until its time is over", () => {
    const { record } = aRecord();
    record.setManual({ targetBytes: 300 * MIB, sinceMs: 0, untilMs: 100 });
    expect(guestFacts(record, 99)).toHaveProperty("manual");
    expect(guestFacts(record, 100)).not.toHaveProperty("manual");
  });

  it("is as good as unreachable while a failed command waits to be tried again", () => {
    const { record } = aRecord();
    record.balloon.failed("refused", 0);
    expect(guestFacts(record, 1999)?.inhibitions).toEqual(["unreachable"]);
    expect(guestFacts(record, 2000)?.inhibitions).toEqual([]);
    record.balloon.failed("refused", 2000);
    expect(guestFacts(record, 5999)?.inhibitions).toEqual(["unreachable"]);
  });
});
