import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import {
  type ProxmoxGuest,
  type ProxmoxHost,
  proxmoxTargets,
} from "../../../../host/src/peers/proxmox-rule.ts";

/** A host that wants to give (or, negative, take) so much. */
function hostWithGoal(goalBytes: number): ProxmoxHost {
  const totalBytes = 100 * GIB;
  return { totalBytes, availableBytes: totalBytes * 0.2 + goalBytes };
}

function guest(name: string, actualMib: number, freeMib: number, minMib = 1024): ProxmoxGuest {
  return {
    name,
    maxBytes: 16 * GIB,
    minBytes: minMib * MIB,
    actualBytes: actualMib * MIB,
    freeBytes: freeMib * MIB,
    shares: 1000,
  };
}

/** How far each guest is moved, in MiB. */
function moves(goalBytes: number, guests: readonly ProxmoxGuest[]): Record<string, number> {
  const targets = proxmoxTargets(hostWithGoal(goalBytes), guests);
  const moved = guests.filter(({ name }) => targets.has(name));
  return Object.fromEntries(
    moved.map(({ name, actualBytes }) => [name, Math.round(((targets.get(name) ?? 0) - actualBytes) / MIB)]),
  );
}

describe("Proxmox's rule", () => {
  it("does nothing within 10 MiB of its goal", () => {
    expect(moves(10 * MIB, [guest("a", 2048, 10)])).toEqual({});
    expect(moves(-10 * MIB, [guest("a", 2048, 1000)])).toEqual({});
  });

  it("cuts a starved guest when the rich one is at its minimum already", () => {
    const rich = guest("rich", 1024, 512);
    expect(moves(-5 * GIB, [rich, guest("starved", 4096, 40)])).toEqual({ starved: -100 });
  });

  it("shrinks a starved guest above its share while the host wants to give", () => {
    const guests = [guest("big", 8192, 40), guest("small", 2048, 40)];
    expect(moves(500 * MIB, guests)).toEqual({ big: -100, small: 100 });
  });

  it("takes page cache for pressure and Windows' standby list for wealth", () => {
    const guests = [guest("linux", 8192, 300, 2048), guest("windows", 8192, 3072, 2048)];
    expect(moves(-5 * GIB, guests)).toEqual({ windows: -100 });
  });

  it("leaves a starved guest at its minimum while the host is over its goal", () => {
    expect(moves(-200 * MIB, [guest("starved", 1024, 5)])).toEqual({});
  });

  it("leaves guests alone that have no shares or no minimum", () => {
    const guests = [
      { ...guest("none", 4096, 10), shares: 0 },
      { ...guest("free", 4096, 10), minBytes: 0 },
    ];
    expect(moves(5 * GIB, guests)).toEqual({});
  });
});
