import { describe, expect, it } from "vitest";
import { judgeFoundGuests } from "../../../../../host/src/cli/environment/found-guests.ts";
import type { GuestEntry } from "../../../../../host/src/model/inventory.ts";

const entry = (name: string, source: GuestEntry["source"], leftAlone?: string): GuestEntry => ({
  ...{ name, source, qmpPath: `/run/${name}`, shares: 1000 },
  ...{ min: { kind: "percent", percent: 25 }, max: { kind: "auto" } },
  ...(leftAlone !== undefined && { leftAlone }),
});

describe("what check says of the guests that are found", () => {
  it("counts them by platform, and names each that is left alone with what to do", () => {
    const entries = [
      entry("web", "static"),
      entry("qemu/100", "proxmox"),
      entry("qemu/101", "proxmox", "Proxmox balances it itself; to hand it over: qm set 101 --shares 0"),
    ];
    expect(judgeFoundGuests({ entries, problems: [] })).toEqual([
      { check: "guests of Proxmox", level: "ok", text: "2 found, 1 of them left alone" },
      { check: "qemu/101", level: "warn", text: expect.stringContaining("qm set 101 --shares 0") },
    ]);
  });

  it("warns of what cannot be read, and where there is no guest at all", () => {
    expect(judgeFoundGuests({ entries: [], problems: ["102.conf:3: broken"] })).toEqual([
      { check: "guests", level: "warn", text: "102.conf:3: broken" },
    ]);
    expect(judgeFoundGuests({ entries: [], problems: [] })).toEqual([
      { check: "guests", level: "warn", text: expect.stringContaining("none is found") },
    ]);
  });
});
