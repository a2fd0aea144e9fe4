import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { decide } from "../../../../../host/src/policy/decide.ts";
import {
  emptyMemory,
  type GuestMemory,
  newGuestMemory,
  type UseMemory,
} from "../../../../../host/src/policy/memory.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { keepRoomToBurst } from "../../../../../host/src/policy/share/room-to-burst.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

const DAY_MS = 24 * 3600_000;
/** Two guests share 4 GiB, of which 64 MiB are the reserve. */
const SETTINGS = settingsFor(4096);
const SPLIT_MIB = (4096 - 64) / 2;

/** Without agent; its driver says that it uses 600 of its 3 GiB. */
function silent(actualMib = 3072): GuestFacts {
  const stats = {
    freeBytes: (actualMib - 600) * MIB,
    availableBytes: (actualMib - 600) * MIB,
    updatedAtMs: NOW,
  };
  return aGuest({ name: "silent", maxMib: 3072, actualMib, report: null, facts: { stats } });
}

function use(burstMib: number, watchedMs: number): UseMemory {
  return {
    restBytes: 600 * MIB,
    burstBytes: burstMib * MIB,
    atMs: NOW,
    watchedSinceMs: NOW - watchedMs,
    oomKillsTotal: undefined,
  };
}

function floorMib(memory: Partial<GuestMemory>, isFailing = false, facts = silent()): number {
  const known = { ...newGuestMemory(0), overheadBytes: 0, ...memory };
  const guests = [facts, aGuest({ name: "other", maxMib: 2048 })].map((one) =>
    assess(one, known, SETTINGS.tuning, NOW),
  );
  const ledger = keepLedger(aHost(), guests, SETTINGS, NOW, 0);
  const [kept] = keepRoomToBurst(guests, ledger, isFailing, NOW);
  return (kept?.floorBytes ?? 0) / MIB;
}

describe("a guest that cannot demand", () => {
  it("keeps room for the largest burst that was seen of it", () => {
    const headroomMib = 0.04 * 3072;
    expect(floorMib({ use: use(1000, DAY_MS) })).toBe(Math.floor(1600 + headroomMib));
  });

  it("has the room once that its history forecasts as well", () => {
    const known = { ...newGuestMemory(0), overheadBytes: 0, use: use(1000, DAY_MS) };
    const forecast = { useBytes: 1700 * MIB, pattern: "daily", hoursSeen: 5 } as const;
    const guests = [assess({ ...silent(), forecast }, known, SETTINGS.tuning, NOW)];
    const ledger = keepLedger(aHost(), guests, SETTINGS, NOW, 0);
    const [kept] = keepRoomToBurst(guests, ledger, false, NOW);
    const { floorBytes = 0, comingBytes = 0 } = kept ?? {};
    const [bare] = guests;
    expect(comingBytes).toBeGreaterThan(0);
    expect(floorBytes + comingBytes).toBe((bare?.floorBytes ?? 0) + 1100 * MIB);
  });

  it("keeps no more for it than a static split would give", () => {
    expect(floorMib({ use: use(2400, DAY_MS) })).toBe(SPLIT_MIB);
  });

  it("keeps that share while it was not watched for a day, but while another guest is failing", () => {
    expect(floorMib({ use: use(0, DAY_MS - 1) })).toBe(SPLIT_MIB);
    expect(floorMib({ use: use(0, DAY_MS - 1) }, true)).toBeLessThan(1000);
  });

  it("is the only one: a guest whose agent speaks demands in time", () => {
    const speaking = aGuest({ name: "silent", maxMib: 3072, availableMib: 2472 });
    expect(floorMib({ use: use(2400, DAY_MS) }, false, speaking)).toBeLessThan(1000);
  });
});

describe("taking from a guest that cannot demand", () => {
  /** Where its balloon ends on a host that has `availableMib` left, beside one that uses all of its 2 GiB. */
  function takenTo(availableMib: number): number {
    let memory = emptyMemory();
    let actualMib = 3072;
    const settings = settingsFor(4096, { accounting: "strict" });
    for (let tick = 0; tick < 60; tick++) {
      const nowMs = NOW + tick * 1_000;
      const stats = {
        freeBytes: (actualMib - 600) * MIB,
        availableBytes: (actualMib - 600) * MIB,
        updatedAtMs: nowMs,
      };
      const guests = [
        aGuest({
          name: "silent",
          maxMib: 3072,
          actualMib,
          targetMib: actualMib,
          report: null,
          nowMs,
          facts: { stats },
        }),
        aGuest({ name: "other", maxMib: 2048, availableMib: 300, nowMs }),
      ];
      const host = aHost({ totalBytes: 8 * GIB, availableBytes: availableMib * MIB });
      const decision = decide({ nowMs, host, guests }, memory, settings);
      memory = decision.memory;
      const move = decision.plan.moves.find(({ name }) => name === "silent");
      if (move !== undefined) actualMib = move.toBytes / MIB;
    }
    return actualMib;
  }

  it("ends at its share of a static split", () => {
    expect(takenTo(4000)).toBeGreaterThanOrEqual(SPLIT_MIB - 128);
  });

  it("goes on where the host itself fails", () => {
    expect(takenTo(10)).toBeLessThan(SPLIT_MIB - 200);
  });
});
