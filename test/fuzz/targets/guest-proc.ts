/** The guest's texts beneath `/proc`, and Windows' structures. */
import { arcStatsParser } from "../../../guest/src/sample/linux-arcstats.ts";
import { meminfoParser } from "../../../guest/src/sample/linux-meminfo.ts";
import { pressureParser } from "../../../guest/src/sample/linux-pressure.ts";
import { findBalloon } from "../../../guest/src/sample/linux-virtio.ts";
import { vmstatParser } from "../../../guest/src/sample/linux-vmstat.ts";
import { parseReservePages } from "../../../guest/src/sample/linux-zoneinfo.ts";
import { parseZramUsedBytes } from "../../../guest/src/sample/linux-zram.ts";
import { type FuzzTarget, promiseSizes, textOf } from "../target.ts";
import { recorded } from "./fixtures.ts";

const parsers = [arcStatsParser(), meminfoParser(), pressureParser(), vmstatParser()];

export const target: FuzzTarget = {
  seeds: recorded("proc", /proc\//),
  words: [
    " kB\n",
    "MemAvailable: ",
    "some avg10=0.00 ",
    "total=",
    "pgmajfault ",
    "Node 0, zone ",
    "protection: (",
    "managed ",
    "size 4 ",
    "\n",
    "18446744073709551615",
  ],
  run: (untrustedBytes) => {
    for (const parse of parsers) promiseSizes({ ...parse(untrustedBytes) });
    const text = textOf(untrustedBytes);
    promiseSizes([parseReservePages(text) ?? 0, parseZramUsedBytes(text) ?? 0]);
    findBalloon([{ device: text, features: text }]);
  },
};
