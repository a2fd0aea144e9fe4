import { describe, expect, it } from "vitest";
import { parseCounts } from "../../testbed/cache-reader.ts";

const TEXT = `123.45 200.00
 254       0 vda 10 0 20 0 0 0 0 0 0 0 0 0 0 0 0 0
 254      16 vdb 395 2 3160 900 1 0 8 0 0 300 900 0 0 0 0 0 0
/dev/vda on /mnt type ext4 (ro)
/dev/vdb on /scratch type ext4 (rw,relatime)`;

describe("what a cache reader's guest counts", () => {
  it("is the reads of the disk behind its working set, by the guest's own clock", () => {
    expect(parseCounts(TEXT)).toEqual({ reads: 395, seconds: 123.45 });
  });

  it("is refused where the disk is not there: no reads would look like no misses", () => {
    expect(() => parseCounts(TEXT.replace("/scratch", "/other"))).toThrow(/no reads/);
  });
});
