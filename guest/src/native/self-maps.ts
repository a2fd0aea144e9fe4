/** Parses /proc/self/maps (kernel: Documentation/filesystems/proc.rst). */

export interface FileMapping {
  readonly startAddress: number;
  readonly lengthBytes: number;
  /** It may be executed. */
  readonly isCode: boolean;
}

const LINE = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) [rw-]{2}([x-])[ps] [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ (\d+)/;

/** The mappings that a file backs; malformed lines are left out. */
export function parseFileMappings(maps: string): FileMapping[] {
  const mappings: FileMapping[] = [];
  for (const line of maps.split("\n")) {
    const match = LINE.exec(line);
    if (!match || match[4] === "0") continue;
    const startAddress = Number.parseInt(match[1] ?? "", 16);
    const endAddress = Number.parseInt(match[2] ?? "", 16);
    if (!Number.isSafeInteger(endAddress) || endAddress <= startAddress) continue;
    mappings.push({ startAddress, lengthBytes: endAddress - startAddress, isCode: match[3] === "x" });
  }
  return mappings;
}
