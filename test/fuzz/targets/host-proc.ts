/** The host's texts beneath `/proc` and `/sys`; a container's may be anybody's. */
import { parseArcReclaimableBytes } from "../../../host/src/kernel/arcstats.ts";
import * as ksm from "../../../host/src/kernel/ksm/parse.ts";
import { parseMeminfo } from "../../../host/src/kernel/meminfo.ts";
import { parseSomeAvg10 } from "../../../host/src/kernel/pressure.ts";
import {
  isWholeStatus,
  parseMainThread,
  parseProcessStatus,
} from "../../../host/src/kernel/process-status.ts";
import { listUnixListeners } from "../../../host/src/kernel/unix-listeners.ts";
import { bytesOf, type FuzzTarget, promiseSizes, textOf } from "../target.ts";
import { recorded } from "./fixtures.ts";

export const target: FuzzTarget = {
  seeds: [
    ...recorded("host-proc", /./),
    ...recorded("ksm", /./),
    bytesOf(
      "Name:\tqemu\nState:\tS (sleeping)\nPid:\t42\nVmLck:\t 0 kB\nVmRSS:\t 524288 kB\nVmSwap:\t 12 kB\n",
    ),
    bytesOf("Size:    1024 kB\nVmFlags: rd wr mr mw me mg sd\n"),
  ],
  words: [
    " kB\n",
    "MemTotal: ",
    "VmRSS:\t",
    "Pid:\t",
    "VmFlags: mg",
    "Size: ",
    "ksm_merging_pages ",
    "some avg10=",
    "\n",
    "99999999999999999999",
  ],
  run: (untrustedBytes) => {
    const text = textOf(untrustedBytes);
    promiseSizes(parseMeminfo(text));
    promiseSizes(parseProcessStatus(text) ?? {});
    promiseSizes([
      parseArcReclaimableBytes(text) ?? 0,
      parseSomeAvg10(text) ?? 0,
      ksm.parseMergeableBytes(text),
    ]);
    const texts = Object.fromEntries(ksm.READ_FILES.map((name) => [name, text]));
    promiseSizes(ksm.parseCounters(texts, 4096) ?? {});
    promiseSizes(ksm.parseReading(texts, 4096, {}) ?? {});
    ksm.parseProcess(text, text);
    ksm.parseAdvisorMode(text);
    listUnixListeners(text);
    parseMainThread(text);
    isWholeStatus(text);
  },
};
