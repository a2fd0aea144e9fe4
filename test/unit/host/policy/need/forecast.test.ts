import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { UseForecast } from "../../../../../host/src/model/guest.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { comingUse } from "../../../../../host/src/policy/need/forecast.ts";
import { aGuest, NOW, settingsFor } from "../../../../fakes/facts.ts";

const forecastOf = (mib: number): UseForecast => ({ useBytes: mib * MIB, pattern: "daily", hoursSeen: 5 });

/** Of a guest of 1024 MiB that uses 100 MiB and has a floor of 200 MiB. */
function comingMib(forecastMib: number | undefined, doubtedMib = 0): number {
  const facts = aGuest(forecastMib === undefined ? {} : { facts: { forecast: forecastOf(forecastMib) } });
  const doubtedBytes = doubtedMib * MIB;
  return comingUse(facts, { usedBytes: 100 * MIB, doubtedBytes, floorBytes: 200 * MIB }) / MIB;
}

describe("the use that is forecast for a guest", () => {
  it("is what lies beyond its present use", () => {
    expect(comingMib(500)).toBe(400);
  });

  it("is no more than its maximum leaves above its floor", () => {
    expect(comingMib(5000)).toBe(824);
  });

  it("is nothing where none is forecast, where it uses as much already, and where its use is doubted or unknown", () => {
    expect([comingMib(undefined), comingMib(80), comingMib(500, 1)]).toEqual([0, 0, 0]);
    const facts = aGuest({ facts: { forecast: forecastOf(500) } });
    expect(comingUse(facts, { usedBytes: undefined, doubtedBytes: 0, floorBytes: MIB })).toBe(0);
  });

  it("is wanted by the guest, and leaves its floor as it is", () => {
    const { tuning } = settingsFor(4096);
    const judge = (forecast?: UseForecast) =>
      assess(aGuest(forecast ? { facts: { forecast } } : {}), newGuestMemory(0), tuning, NOW);
    const [plain, ready] = [judge(), judge(forecastOf(900))];
    expect(ready.floorBytes).toBe(plain.floorBytes);
    expect(ready.wantBytes).toBe(plain.floorBytes + (900 - 512) * MIB);
    expect(plain.wantBytes).toBeLessThan(ready.wantBytes);
  });
});
