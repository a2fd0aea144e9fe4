/** The available memory at which an agent demands: its own figure, and what stands for it where it tells none. */
import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { demandReserve, headroom } from "../../../../../host/src/policy/need/headroom.ts";
import { aGuest, NOW, settingsFor } from "../../../../fakes/facts.ts";

function report(totalBytes: number, demandReserveBytes?: number) {
  const { report: told } = aGuest();
  if (told === undefined) throw new Error("the guest has no report");
  return { ...told, totalBytes, ...(demandReserveBytes !== undefined && { demandReserveBytes }) };
}

describe("the demand reserve", () => {
  it("is the agent's own figure", () => {
    expect(demandReserve(report(4 * GIB, 40 * MIB))).toBe(40 * MIB);
  });

  it("is 3 % of what an agent of release 0.1.0 has, from 16 to 128 MiB", () => {
    const reserves = [100 * MIB, 1000 * MIB, 64 * GIB].map((bytes) => demandReserve(report(bytes)));
    expect(reserves).toEqual([16 * MIB, 30 * MIB, 128 * MIB]);
  });

  it("is believed up to 256 MiB or 8 %: a guest cannot claim its way to more", () => {
    expect(demandReserve(report(2 * GIB, 2 ** 52))).toBe(256 * MIB);
    expect(demandReserve(report(8 * GIB, 2 ** 52))).toBe(8 * GIB * 0.08);
  });

  it("is part of the headroom", () => {
    const facts = aGuest({ maxMib: 4096 });
    const of = (reserveBytes: number) =>
      headroom(facts, report(4 * GIB, reserveBytes), newGuestMemory(NOW), settingsFor(8192).tuning);
    expect(of(250 * MIB)).toBeGreaterThan(of(16 * MIB));
  });
});
