import { describe, expect, it } from "vitest";
import { advise } from "../../../../host/src/fleet/advise.ts";
import { GIB } from "../../../../host/src/model/bytes.ts";
import type { FleetGuest, HostSummary } from "../../../../host/src/model/fleet.ts";

const NOW = 1_000_000;
const guest = (name: string, gib: number, isPinned = false): FleetGuest => ({
  ...{ name, isPinned },
  floorBytes: gib * GIB,
  maxBytes: 2 * gib * GIB,
});
const host = (name: string, more: Partial<HostSummary> = {}): HostSummary => ({
  ...{ host: name, atMs: NOW, version: "1", mode: "act", freeBytes: 0, lendableBytes: 0, owedBytes: 0 },
  ...{ guestCount: 0, guests: [] },
  ...more,
});
const short = (name: string, owedGib: number, guests: readonly FleetGuest[], forMs = 60_000) =>
  host(name, { owedBytes: owedGib * GIB, shortForMs: forMs, guests });

describe("advice for a fleet", () => {
  it("is to move the smallest guest that ends a shortage to the host with most room", () => {
    const hosts = [
      short("a", 3, [guest("big", 8), guest("fits", 4), guest("small", 1)]),
      host("b", { freeBytes: 5 * GIB }),
      host("c", { freeBytes: 2 * GIB, lendableBytes: 10 * GIB }),
    ];
    expect(advise(hosts, NOW)).toEqual({
      moves: [{ guest: "fits", from: "a", to: "c", floorBytes: 4 * GIB }],
      unhelped: [],
    });
  });

  it("is the largest guest that has room elsewhere, where none ends the shortage", () => {
    const hosts = [short("a", 9, [guest("x", 1), guest("y", 2)]), host("b", { freeBytes: 20 * GIB })];
    expect(advise(hosts, NOW).moves).toMatchObject([{ guest: "y" }]);
  });

  it("leaves a host alone whose shortage may end by itself", () => {
    const hosts = [short("a", 3, [guest("x", 4)], 59_000), host("b", { freeBytes: 20 * GIB })];
    expect(advise(hosts, NOW)).toEqual({ moves: [], unhelped: [] });
  });

  it("counts on no host that is silent, short itself, or has too little to spare beyond the guest's need", () => {
    const hosts = [
      short("a", 3, [guest("x", 4)]),
      host("silent", { freeBytes: 90 * GIB, atMs: NOW - 30_001 }),
      host("new-short", { freeBytes: 90 * GIB, owedBytes: GIB, shortForMs: 1 }),
      host("tight", { freeBytes: 4.3 * GIB }),
    ];
    expect(advise(hosts, NOW)).toEqual({
      moves: [],
      unhelped: [{ host: "a", why: "no other host has room for any of its guests" }],
    });
  });

  it("does not promise the same room twice, and helps the shortest first", () => {
    const hosts = [
      short("a", 3, [guest("x", 4)]),
      short("b", 5, [guest("y", 6)]),
      host("c", { freeBytes: 8 * GIB }),
    ];
    expect(advise(hosts, NOW)).toEqual({
      moves: [{ guest: "y", from: "b", to: "c", floorBytes: 6 * GIB }],
      unhelped: [{ host: "a", why: "no other host has room for any of its guests" }],
    });
  });

  it("moves no guest that a device pins, and says when there is no other host", () => {
    expect(
      advise([short("a", 3, [guest("x", 4, true)]), host("b", { freeBytes: 9 * GIB })], NOW).unhelped,
    ).toEqual([{ host: "a", why: expect.stringContaining("pin them") }]);
    expect(advise([short("a", 3, [guest("x", 4)])], NOW).unhelped).toEqual([
      { host: "a", why: "no other host is heard of" },
    ]);
  });
});
