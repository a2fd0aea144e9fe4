/** The process's own mappings. */
import { expect, it } from "vitest";
import { parseFileMappings } from "../../../../guest/src/native/self-maps.ts";

it("gives the mappings that a file backs", () => {
  const maps = [
    "00400000-02e5b000 r-xp 00000000 fe:00 131                        /mnt/bin/node",
    "03000000-03001000 r--p 02a5b000 fe:00 131                        /mnt/bin/node",
    "7f2a00000000-7f2a00021000 rw-p 00000000 00:00 0 ",
    "7ffc3a5d0000-7ffc3a5f1000 rw-p 00000000 00:00 0                  [stack]",
    "nonsense",
    "00500000-00400000 r-xp 00000000 fe:00 131 /upside/down",
    "",
  ].join("\n");
  expect(parseFileMappings(maps)).toEqual([
    { startAddress: 0x400000, lengthBytes: 0x2a5b000, isCode: true },
    { startAddress: 0x3000000, lengthBytes: 0x1000, isCode: false },
  ]);
});
