/** When a guest's QEMU is asked again. */
import { describe, expect, it } from "vitest";
import { GuestRecord } from "../../../../host/src/broker/guest-record.ts";
import { mostAgeMs } from "../../../../host/src/broker/look-age.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { Pressure } from "../../../../host/src/model/guest.ts";
import { aGuestMonitor, anAgentLink, anEntry } from "../../../fakes/broker-adapters.ts";

const SECOND = 1_000;
const NOW = 100 * SECOND;

/** A guest whose balloon stands still, whose agent reports. */
function atRest(name = "web1", pressure: Pressure = "none") {
  const agent = anAgentLink();
  const record = new GuestRecord(anEntry({ name }), aGuestMonitor(), agent, 0);
  record.connectionChanged(true, 0);
  record.tookFacts({ inhibitions: [], maxBytes: GIB }, 0);
  record.balloon.commanded(GIB / 2, SECOND);
  record.balloon.sawActual(GIB / 2, 2 * SECOND);
  record.heard({
    ...{ receivedAtMs: NOW - SECOND, bootId: "boot", sampledAtMs: 1, pressure },
    ...{ totalBytes: GIB, availableBytes: GIB / 4 },
  });
  const ageMs = (tickMs = SECOND, nowMs = NOW, guests = 10) => mostAgeMs(record, tickMs, nowMs, guests);
  return { record, agent, ageMs };
}

describe("a guest at rest", () => {
  it("is asked at every second tick while its agent reports", () => {
    const { ageMs } = atRest();
    const inTurn = [0, 1, 2, 3].map((tick) => ageMs(SECOND, NOW + tick * SECOND));
    const [shortMs, longMs] = [Math.min(...inTurn), Math.max(...inTurn)];
    expect(shortMs).toBeLessThan(SECOND);
    expect(longMs).toBeGreaterThan(SECOND);
    expect(longMs).toBeLessThan(2 * SECOND);
    expect(inTurn.map((ms) => ms === longMs)).toEqual(
      inTurn.map((_, tick) => tick % 2 === inTurn.indexOf(longMs)),
    );
  });

  it.each([
    [500, "none", 2],
    [501, "none", 3],
    [1_000, "none", 4],
    [4_000, "none", 4],
    [4_000, "low", 2],
  ] as const)("of %i guests, with pressure %s, is asked at every tick of %i", (guests, pressure, ticks) => {
    const { ageMs } = atRest("web1", pressure);
    const ages = Array.from({ length: 12 }, (_, tick) => ageMs(SECOND, NOW + tick * SECOND, guests));
    expect(ages.filter((ms) => ms < SECOND)).toHaveLength(12 / ticks);
    expect(Math.max(...ages)).toBeGreaterThan((ticks - 1) * SECOND);
    expect(Math.max(...ages)).toBeLessThan(ticks * SECOND);
  });

  it("has its turn with as many others as any tick asks, whatever their numbers are", () => {
    const turns = Array.from({ length: 100 }, (_, i) => atRest(`web${i}`));
    const asked = [0, 1, 2, 3].map(
      (tick) => turns.filter(({ ageMs }) => ageMs(SECOND, NOW + tick * SECOND, 1_000) < SECOND).length,
    );
    expect(Math.max(...asked) - Math.min(...asked)).toBeLessThan(10);
    expect(Math.min(...asked)).toBeGreaterThan(15);
  });

  it("has another turn than half of the guests", () => {
    const inTurn = ["web1", "web2", "web3", "web4"].map((name) => atRest(name).ageMs() > SECOND);
    expect(inTurn.filter(Boolean)).toHaveLength(2);
  });

  it("is asked at each usual tick, but at no early one, when no agent reports or ticks are slow", () => {
    const { agent, ageMs } = atRest();
    expect(ageMs(2 * SECOND)).toBeLessThan(2 * SECOND);
    agent.connected = false;
    expect(ageMs()).toBeLessThan(SECOND);
    expect(ageMs()).toBeGreaterThan(SECOND / 2);
  });
});

it.each<[string, (record: GuestRecord) => void]>([
  ["its balloon is not where it was told to go", ({ balloon }) => balloon.commanded(GIB / 2 - 8 * MIB, 0)],
  ["its balloon was commanded just now", ({ balloon }) => balloon.commanded(GIB / 2 + MIB, NOW - SECOND)],
  ["its balloon moved just now", ({ balloon }) => balloon.sawActual(GIB / 2 + MIB, NOW - SECOND)],
  ["a command to it failed", ({ balloon }) => balloon.failed("no answer", NOW - 5 * SECOND)],
  ["memory may have been plugged", (record) => record.doubtedMemory(NOW - SECOND)],
  ["it boots", (record) => record.bootedAnew(NOW - SECOND)],
  ["its QEMU cannot be reached", (record) => record.connectionChanged(false, NOW - 5 * SECOND)],
  ["another QEMU may be there", (record) => record.connectionChanged(true, NOW - 5 * SECOND)],
  ["its QEMU did not answer", (record) => record.failedToObserve("no answer")],
])("a guest is asked at each tick, early ones too, when %s", (_, happen) => {
  const { record, ageMs } = atRest();
  happen(record);
  expect(ageMs()).toBe(0);
});
