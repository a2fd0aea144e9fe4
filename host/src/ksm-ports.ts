/** Connects KSM's adapters for the programs that need them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KsmPorts } from "./broker/ksm/ports.ts";
import { parsePageBytes } from "./collect/host/page-size.ts";
import { createKsmReader } from "./collect/ksm/reader.ts";
import type { Config } from "./config/config.ts";
import { createKsmKnobs } from "./control/ksm/knobs.ts";
import { createKsmRecord, KSM_RECORD_FILE } from "./control/ksm/record.ts";
import type { Log } from "./model/ports.ts";

/** Everything but the clock. */
export function ksmPortsOf({ ksm, stateDir }: Config, log: Log): Omit<KsmPorts, "clock"> {
  const { folder } = ksm;
  return {
    reader: createKsmReader({ folder, pageBytes: parsePageBytes(readFileSync("/proc/self/auxv")) }),
    writer: createKsmKnobs(folder),
    record: createKsmRecord({ path: join(stateDir, KSM_RECORD_FILE), folder, log }),
  };
}
