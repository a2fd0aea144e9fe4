/** Parses /proc/pressure/memory (kernel: Documentation/accounting/psi.rst). Averages are left out: they lag. */

/** Time since boot in which some, or all, runnable tasks waited for memory. */
export interface MemoryPressure {
  readonly someStallUs?: number;
  readonly fullStallUs?: number;
}

const LINE = /^(some|full) .*\btotal=(\d{1,16})$/;

/** Never throws: what is missing or malformed is absent. */
export function parsePressure(bytes: Uint8Array, length = bytes.length): MemoryPressure {
  const stallUs: { some?: number; full?: number } = {};
  for (const line of Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1").split("\n")) {
    const match = LINE.exec(line);
    const value = Number(match?.[2]);
    if (match && Number.isSafeInteger(value)) stallUs[match[1] as "some" | "full"] = value;
  }
  return {
    ...(stallUs.some !== undefined && { someStallUs: stallUs.some }),
    ...(stallUs.full !== undefined && { fullStallUs: stallUs.full }),
  };
}
