/** Connects KSM's adapters for the programs that need them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KsmAdapters } from "../broker/ksm/adapters.ts";
import type { Config } from "../config/config.ts";
import { createKsmKnobs } from "../kernel/ksm/knobs.ts";
import { createKsmReader } from "../kernel/ksm/reader.ts";
import { parsePageBytes } from "../kernel/page-size.ts";
import type { Log } from "../model/adapters.ts";
import { createKsmRecord, KSM_RECORD_FILE } from "../state/ksm-record-file.ts";

/** Everything but the clock. */
export function ksmAdaptersOf({ ksm, stateDir }: Config, log: Log): Omit<KsmAdapters, "clock"> {
  const { folder } = ksm;
  return {
    reader: createKsmReader({ folder, pageBytes: parsePageBytes(readFileSync("/proc/self/auxv")) }),
    writer: createKsmKnobs(folder),
    record: createKsmRecord({ path: join(stateDir, KSM_RECORD_FILE), folder, log }),
  };
}
