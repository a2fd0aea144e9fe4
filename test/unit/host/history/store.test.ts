import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { FINE, HOURS, levelFor, MINUTES } from "../../../../host/src/history/levels.ts";
import { readGuest, readMoment, readSteps } from "../../../../host/src/history/reader.ts";
import { HistoryStore } from "../../../../host/src/history/store.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { HistoryStep, RecordedMove } from "../../../../host/src/model/history.ts";
import { aGuestPoint, aSample, BEGIN_MS, STEP_MS } from "../../../fakes/history-samples.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const DAY_MS = 24 * 3_600_000;

function open(mostBytes = GIB, path = join(tempFolder(), "history.db")): HistoryStore {
  const store = new HistoryStore(path, mostBytes);
  onTestFinished(() => store.close());
  return store;
}

const count = (store: HistoryStore, level: typeof FINE) => store.rows(level, 0, 1e15, 1e6).length;

describe("the history", () => {
  it("gives back what was written, in whole mebibytes, after it was opened again as well", async () => {
    const path = join(tempFolder(), "history.db");
    const first = new HistoryStore(path, GIB);
    const { availableBytes: _, ...host } = { ...aSample(0).host, availableBytes: 1 };
    const unknown = aGuestPoint({ name: "dark", reason: "inhibited", hasAgent: false, isObserved: true });
    const { actualBytes: _a, usedBytes: _u, pressure: _p, ...dark } = unknown;
    const move: RecordedMove = { atMs: BEGIN_MS, name: "web1", toBytes: 5 * MIB + 1, reason: "manual" };
    first.write({
      atMs: BEGIN_MS,
      host,
      guests: [aGuestPoint({ actualBytes: 5 * MIB + 7 }), dark],
      moves: [move],
      hotCaches: [],
    });
    first.close();
    const store = open(GIB, path);
    const steps: HistoryStep[] = [];
    await readSteps(store, BEGIN_MS, BEGIN_MS + 1, BEGIN_MS, (step) => void steps.push(step));
    expect(steps).toEqual([
      { atMs: BEGIN_MS, stepMs: 10_000, host, guests: [aGuestPoint({ actualBytes: 5 * MIB }), dark] },
    ]);
    const history = await readGuest(store, "web1", BEGIN_MS, BEGIN_MS + 1, BEGIN_MS);
    expect(history).toMatchObject({ points: [{ actualBytes: 5 * MIB, reason: "steady" }], moves: [move] });
    expect(await readGuest(store, "nobody", 0, 1e15, BEGIN_MS)).toBeUndefined();
  });

  it("condenses each minute and each hour that is over: means, the worst pressure, the last reason, all kills", async () => {
    const store = open();
    for (let step = 0; step <= 366; step++) {
      const odd = step === 7;
      const guest = aGuestPoint({
        actualBytes: (1000 + step) * MIB,
        pressure: odd ? "critical" : "none",
        oomKills: odd ? 2 : 0,
        reason: step % 6 === 5 ? "demand" : "steady",
      });
      store.write(aSample(step, { guests: [guest] }));
    }
    expect([count(store, MINUTES), count(store, HOURS)]).toEqual([61, 1]);
    const minute = store.decode(store.rows(MINUTES, BEGIN_MS + 60_000, 1e15, 1)[0]?.row ?? new Uint8Array());
    expect(minute.guests[0]).toMatchObject({
      ...{ actualBytes: 1009 * MIB, pressure: "critical", oomKills: 2, reason: "demand" },
    });
    const hour = store.decode(store.rows(HOURS, 0, 1e15, 1)[0]?.row ?? new Uint8Array());
    expect(hour.guests[0]).toMatchObject({ pressure: "critical", oomKills: 2 });
    // What is not condensed yet comes from the finer levels.
    const long = await readGuest(store, "web1", BEGIN_MS, BEGIN_MS + 3 * DAY_MS, BEGIN_MS + 3 * DAY_MS);
    expect(long?.points.map(({ stepMs }) => stepMs)).toEqual([3_600_000, 60_000, 10_000]);
  });

  it("condenses what an earlier broker wrote before it was killed", () => {
    const path = join(tempFolder(), "history.db");
    const first = new HistoryStore(path, GIB);
    first.write(aSample(0));
    first.close();
    const store = open(GIB, path);
    store.write(aSample(6));
    expect(count(store, MINUTES)).toBe(1);
  });

  it("joins two samples of one step, as a restart within ten seconds makes them", () => {
    const store = open();
    const write = (afterMs: number, mib: number, oomKills: number) =>
      store.write({
        ...aSample(0, { guests: [aGuestPoint({ actualBytes: mib * MIB, oomKills })] }),
        atMs: BEGIN_MS + afterMs,
      });
    write(100, 500, 1);
    write(9_900, 700, 0);
    const [row] = store.rows(FINE, 0, 1e15, 2);
    expect(store.decode(row?.row ?? new Uint8Array()).guests).toMatchObject([
      { actualBytes: 600 * MIB, oomKills: 1 },
    ]);
  });

  it("tells a moment by the finest step that holds it", () => {
    const store = open();
    for (let step = 0; step <= 366; step++) store.write(aSample(step));
    store.write({ ...aSample(0), atMs: BEGIN_MS + 3 * DAY_MS });
    const at = (ms: number) => readMoment(store, BEGIN_MS + ms);
    expect(at(3 * DAY_MS + 9_999)).toMatchObject({ atMs: BEGIN_MS + 3 * DAY_MS, stepMs: 10_000 });
    expect(at(90_000)).toMatchObject({
      ...{ atMs: BEGIN_MS + 60_000, stepMs: 60_000, host: { regime: "tight" } },
      guests: [{ name: "web1" }, { name: "db1" }],
    });
    store.write({ ...aSample(0), atMs: BEGIN_MS + 31 * DAY_MS });
    expect(at(90_000)).toMatchObject({ atMs: BEGIN_MS, stepMs: 3_600_000 });
    expect(at(-1)).toBeUndefined();
  });

  it("keeps ten seconds for two days, minutes for 30, hours for a year and moves for a week", () => {
    const store = open();
    const move = { atMs: BEGIN_MS, name: "web1", toBytes: GIB, reason: "manual" } as const;
    const at = (days: number) => store.write({ ...aSample(0), atMs: BEGIN_MS + days * DAY_MS });
    store.write(aSample(0, { moves: [move] }));
    at(1.9);
    expect([FINE, MINUTES, HOURS].map((level) => count(store, level))).toEqual([2, 1, 1]);
    at(2.1);
    expect(count(store, FINE)).toBe(2);
    at(6.9);
    expect(store.moves("web1", 0, 1e15, 10)).toEqual([move]);
    at(7.1);
    expect(store.moves("web1", 0, 1e15, 10)).toEqual([]);
    at(29.9);
    at(30.1);
    at(364.9);
    expect(store.rows(HOURS, 0, 1e15, 1)[0]?.atMs).toBe(BEGIN_MS);
    at(365.2);
    expect(store.rows(HOURS, 0, 1e15, 1)[0]?.atMs).toBeGreaterThan(BEGIN_MS);
    expect(store.rows(MINUTES, 0, 1e15, 1)[0]?.atMs).toBeGreaterThan(BEGIN_MS + 29 * DAY_MS);
  });

  it("goes on in a file of a release that did not keep the most of each hour, and keeps it for 36 days", () => {
    const path = join(tempFolder(), "history.db");
    new HistoryStore(path, GIB).close();
    const earlier = new DatabaseSync(path);
    earlier.exec("DROP TABLE peaks");
    earlier.close();
    const store = open(GIB, path);
    for (let step = 0; step <= 366; step++) {
      const guests = [aGuestPoint({ usedBytes: (step === 60 ? 700 : 100) * MIB })];
      store.write(aSample(step, { guests }));
    }
    // A peak is the mean of its minute: one of six samples had 700 MiB.
    expect(store.peaks(BEGIN_MS)).toEqual([{ name: "web1", mostUsedBytes: 200 * MIB, minutesSeen: 60 }]);
    store.write({ ...aSample(0), atMs: BEGIN_MS + 35.9 * DAY_MS });
    expect(store.peaks(BEGIN_MS)).toHaveLength(1);
    store.write({ ...aSample(0), atMs: BEGIN_MS + 36.1 * DAY_MS });
    expect(store.peaks(BEGIN_MS)).toEqual([]);
  });

  it("keeps the newest hot cache of each guest and its boot for a day, in a file of a release that kept none too", () => {
    const path = join(tempFolder(), "history.db");
    new HistoryStore(path, GIB).close();
    const earlier = new DatabaseSync(path);
    earlier.exec("DROP TABLE hot_caches");
    earlier.close();
    const first = new HistoryStore(path, GIB);
    const hot = (name: string, mib: number) => ({ name, bootId: `boot of ${name}`, bytes: mib * MIB });
    first.write(aSample(0, { hotCaches: [hot("web1", 90), hot("db1", 300)] }));
    first.write(aSample(1, { hotCaches: [hot("web1", 80)] }));
    first.close();
    const web1 = { ...hot("web1", 80), atMs: BEGIN_MS + STEP_MS };
    const store = open(GIB, path);
    expect(store.hotCaches(BEGIN_MS)).toEqual([web1, { ...hot("db1", 300), atMs: BEGIN_MS }]);
    // A broker that comes back later than that reads none, before it has written anything.
    expect(store.hotCaches(BEGIN_MS + DAY_MS + 1)).toEqual([web1]);
    expect(store.hotCaches(BEGIN_MS + DAY_MS + STEP_MS + 1)).toEqual([]);
    store.write({ ...aSample(0), atMs: BEGIN_MS + DAY_MS + 1 });
    expect(store.hotCaches(BEGIN_MS)).toEqual([web1]);
  });

  it("keeps hot caches of at most 10,000 guests, the newest", () => {
    const store = open();
    const hotCaches = (count: number, prefix: string) =>
      Array.from({ length: count }, (_, i) => ({ name: `${prefix}${i}`, bootId: "boot", bytes: MIB }));
    store.write(aSample(0, { guests: [], hotCaches: hotCaches(9_999, "old") }));
    store.write(aSample(1, { guests: [], hotCaches: hotCaches(3, "new") }));
    const names = store.hotCaches(BEGIN_MS).map(({ name }) => name);
    expect(names).toHaveLength(10_000);
    expect(names.filter((name) => name.startsWith("new"))).toHaveLength(3);
  });

  it("stays below its limit in bytes: the oldest is dropped", () => {
    const mostBytes = 512 * 1024;
    const store = open(mostBytes);
    const guests = Array.from({ length: 50 }, (_, i) => aGuestPoint({ name: `g${i}` }));
    for (let step = 0; step < 600; step++) store.write(aSample(step, { guests }));
    expect(store.usedBytes()).toBeLessThanOrEqual(mostBytes);
    expect(store.newestMs()).toBe(BEGIN_MS + 599 * STEP_MS);
    expect(store.rows(FINE, 0, 1e15, 1)[0]?.atMs).toBeGreaterThan(BEGIN_MS);
  });

  it("answers a short time finely and a long one coarsely", () => {
    const nowMs = 400 * DAY_MS;
    expect(levelFor(nowMs - 2 * 3_600_000, nowMs, nowMs)).toBe(FINE);
    expect(levelFor(nowMs - 12 * 3_600_000, nowMs, nowMs)).toBe(MINUTES);
    expect(levelFor(nowMs - 5 * DAY_MS, nowMs - 5 * DAY_MS + 60_000, nowMs)).toBe(MINUTES);
    expect(levelFor(nowMs - 20 * DAY_MS, nowMs, nowMs)).toBe(HOURS);
  });
});
