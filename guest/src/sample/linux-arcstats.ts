/** Parses ZFS's /proc/spl/kstat/zfs/arcstats (OpenZFS: module/zfs/arc.c). */
import { KeyValueScanner } from "./key-values.ts";

/** The adaptive replacement cache: MemAvailable does not count it, yet what is above its minimum is cache. */
export interface ArcStats {
  readonly arcSizeBytes?: number;
  readonly arcMinBytes?: number;
}

/** A parser that never throws: what is missing or malformed is absent. Its result shows the newest figures, and is always the same object. */
export function arcStatsParser(): (bytes: Uint8Array, length?: number) => ArcStats {
  // A kstat line is "name type data".
  const scanner = new KeyValueScanner({ arcSizeBytes: ["size"], arcMinBytes: ["c_min"] }, { column: 2 });
  return (bytes, length = bytes.length) => scanner.scan(bytes, length);
}
