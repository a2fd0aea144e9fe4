/** Random ids from the system. */
import type { Koffi } from "../koffi.ts";
import { openLibraries } from "./system.ts";

/** Gives `bytes` random bytes as hex. RtlGenRandom is known to linkers as SystemFunction036; node:crypto would do the same for 1.1 MiB of memory. */
export function randomSource(koffi: Koffi): (bytes: number) => string {
  const fill = openLibraries(koffi).advapi32("uint8_t SystemFunction036(void *buffer, uint32_t size)");
  return (bytes) => {
    const buffer = Buffer.alloc(bytes);
    if (fill(buffer, bytes) === 0) throw new Error("Windows gives no random numbers (RtlGenRandom failed)");
    return buffer.toString("hex");
  };
}
