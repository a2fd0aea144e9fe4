/** Parses ZFS's /proc/spl/kstat/zfs/arcstats (OpenZFS: module/zfs/arc.c). */
import { KeyValueScanner } from "./key-values.ts";

/** The adaptive replacement cache: MemAvailable does not count it, yet what is above its minimum is cache. */
export interface ArcStats {
  readonly arcSizeBytes?: number;
  readonly arcMinBytes?: number;
}

// A kstat line is "name type data".
const scanner = new KeyValueScanner({ arcSizeBytes: ["size"], arcMinBytes: ["c_min"] }, { column: 2 });

/** Never throws: what is missing or malformed is absent. */
export function parseArcStats(bytes: Uint8Array, length = bytes.length): ArcStats {
  return { ...scanner.scan(bytes, length) };
}
