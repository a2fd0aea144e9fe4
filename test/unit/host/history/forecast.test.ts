import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { forecastUse, likeHours } from "../../../../host/src/history/forecast.ts";
import { Forecaster } from "../../../../host/src/history/forecaster.ts";
import type { HourPeak } from "../../../../host/src/history/hour-peaks.ts";
import { HistoryStore } from "../../../../host/src/history/store.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import { aGuestPoint, aSample } from "../../../fakes/history-samples.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

/** Ten past two on a Thursday. */
const NOW = new Date(2026, 0, 29, 2, 10).getTime();
const MINUTE_MS = 60_000;

/** What was used in MiB in the same hour of the days before, newest first; undefined: nothing was seen. */
function dailyOf(mebibytes: readonly (number | undefined)[], minutesSeen = 60) {
  const hours = likeHours(NOW);
  const peaks = new Map<number, HourPeak[]>();
  for (const [i, mib] of mebibytes.entries())
    if (mib !== undefined)
      peaks.set(hours.daily[i] ?? 0, [{ name: "backup", mostUsedBytes: mib * MIB, minutesSeen }]);
  return forecastUse(hours, peaks).get("backup");
}

describe("the forecast of a guest's use", () => {
  it("is what most of the same hours of the last days reached, from three on", () => {
    expect(dailyOf([900, 800, 850])).toEqual({ useBytes: 850 * MIB, pattern: "daily", hoursSeen: 3 });
    expect(dailyOf([900, 800])).toBeUndefined();
    // A job of five days a week.
    expect(dailyOf([900, 900, 900, 100, 100, 900, 900])?.useBytes).toBe(900 * MIB);
    expect(dailyOf([900, 100, 100, 100, 100, 100, 100])?.useBytes).toBe(100 * MIB);
  });

  it("counts no hour of which less than half was seen, and none that was not seen at all", () => {
    expect(dailyOf([900, 800, 850], 29)).toBeUndefined();
    expect(dailyOf([900, undefined, undefined, 800, undefined, 850, undefined])).toMatchObject({
      ...{ useBytes: 850 * MIB, hoursSeen: 3 },
    });
  });

  it("is what the same hour of the same day of most weeks reached, where that is more", () => {
    const hours = likeHours(NOW);
    const peak = (mib: number) => [{ name: "backup", mostUsedBytes: mib * MIB, minutesSeen: 60 }];
    const quiet = hours.daily.map((atMs) => [atMs, peak(100)] as const);
    const weeks = hours.weekly.map((atMs) => [atMs, peak(700)] as const);
    const after = (count: number) =>
      forecastUse(hours, new Map([...quiet, ...weeks.slice(0, count)])).get("backup");
    expect(after(3)).toEqual({ useBytes: 700 * MIB, pattern: "weekly", hoursSeen: 3 });
    expect(after(2)?.useBytes).toBe(100 * MIB);
  });

  it("goes by local time, so that a job at two stays at two when clocks change", () => {
    const { TZ } = process.env;
    onTestFinished(() => {
      if (TZ === undefined) delete process.env["TZ"];
      else process.env["TZ"] = TZ;
    });
    process.env["TZ"] = "Europe/Berlin";
    const winter = likeHours(Date.UTC(2026, 9, 26, 1, 30));
    expect(new Date(winter.daily[1] ?? 0).toISOString()).toBe("2026-10-24T00:00:00.000Z");
    expect(new Date(winter.weekly[0] ?? 0).toISOString()).toBe("2026-10-19T00:00:00.000Z");
    process.env["TZ"] = "Asia/Kolkata";
    expect(new Date(likeHours(Date.UTC(2026, 9, 26, 1, 30)).daily[0] ?? 0).toISOString()).toBe(
      "2026-10-25T01:00:00.000Z",
    );
  });
});

describe("a guest that bursts each night at two", () => {
  it("has its forecast from ten to two until three, once three nights were recorded", () => {
    const store = new HistoryStore(join(tempFolder(), "history.db"), GIB);
    onTestFinished(() => store.close());
    const write = (atMs: number, usedMib: number) => {
      const guests = [aGuestPoint({ name: "backup", usedBytes: usedMib * MIB })];
      store.write({ ...aSample(0, { guests }), atMs });
    };
    const at = (hour: number, minute: number, day = 29) => new Date(2026, 0, day, hour, minute).getTime();
    const seen: (number | undefined)[] = [];
    const forecaster = new Forecaster();
    const look = (atMs: number) => {
      forecaster.refresh(store, atMs);
      seen.push((forecaster.of("backup")?.useBytes ?? 0) / MIB);
    };
    for (const day of [26, 27, 28]) {
      look(at(2, 0, day));
      for (let minute = 0; minute <= 180; minute++) {
        const isBurst = minute >= 70 && minute < 75;
        write(at(1, 0, day) + minute * MINUTE_MS, isBurst ? 900 : 200);
      }
    }
    expect(seen).toEqual([0, 0, 0]);
    for (const atMs of [at(1, 49), at(1, 50), at(2, 59), at(3, 0)]) look(atMs);
    expect(seen.slice(3)).toEqual([200, 900, 900, 200]);
    expect(forecaster.of("other")).toBeUndefined();
    look(at(2, 0));
    forecaster.clear();
    expect(forecaster.of("backup")).toBeUndefined();
  });
});
