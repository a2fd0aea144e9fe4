/** The few calls of the C library that Node does not offer. */
import type { Koffi } from "./koffi.ts";

/** Each returns 0 on success. Addresses and lengths are bytes. */
export interface Libc {
  readonly mlock2: (address: number, lengthBytes: number, flags: number) => number;
  readonly madvise: (address: number, lengthBytes: number, advice: number) => number;
}

/** glibc's name first, then musl's. */
const LIBRARIES = ["libc.so.6", "libc.so"];

/** Absent when the machine has no C library with these calls. */
export function openLibc(koffi: Koffi): Libc | undefined {
  for (const name of LIBRARIES) {
    try {
      const libc = koffi.load(name);
      const mlock2 = libc.func("int mlock2(uintptr_t address, size_t length, unsigned int flags)");
      const madvise = libc.func("int madvise(uintptr_t address, size_t length, int advice)");
      return {
        mlock2: (address, lengthBytes, flags) => Number(mlock2(address, lengthBytes, flags)),
        madvise: (address, lengthBytes, advice) => Number(madvise(address, lengthBytes, advice)),
      };
    } catch {
      // The next name.
    }
  }
  return undefined;
}
