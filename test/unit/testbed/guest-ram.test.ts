import { describe, expect, it } from "vitest";
import { parseGuestRam } from "../../testbed/guest-ram.ts";

function mapping(start: string, fields: Readonly<Record<string, number>>): string {
  const lines = Object.entries(fields).map(([name, kib]) => `${name}:${String(kib).padStart(15)} kB`);
  return [`${start} rw-p 00000000 00:00 0 `, ...lines, "VmFlags: rd wr mr mw me ac dd nh mg"].join("\n");
}

const SMAPS = [
  mapping("7f0000000000-7f0000021000", { Size: 132, Rss: 8, Pss: 8, AnonHugePages: 0 }),
  mapping("7f1000000000-7f1020000000", { Size: 524_288, Rss: 300_000, Pss: 250_000, AnonHugePages: 4_096 }),
  mapping("7f2000000000-7f2020000000", { Size: 524_288, Rss: 0, Pss: 0, AnonHugePages: 0 }),
].join("\n");

describe("a guest's memory in its QEMU process", () => {
  it("is the mapping of the guest's size that is used, apart from what QEMU holds beside it", () => {
    expect(parseGuestRam(SMAPS, 524_288 * 1024)).toEqual({
      residentBytes: 300_000 * 1024,
      heldBytes: 250_000 * 1024,
      hugeBytes: 4_096 * 1024,
    });
  });

  it("is unknown where no mapping has that size", () => {
    expect(parseGuestRam(SMAPS, 2 ** 30)).toBeUndefined();
    expect(parseGuestRam("", 2 ** 30)).toBeUndefined();
  });
});
