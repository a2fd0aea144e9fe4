/** The few calls of the C library that Node does not offer. */
import type { Koffi, KoffiLibrary } from "./koffi.ts";

/** Addresses and lengths are bytes; results are those of the C functions, -1 for failure. */
export interface Libc {
  readonly mlock2: (address: number, lengthBytes: number, flags: number) => number;
  readonly madvise: (address: number, lengthBytes: number, advice: number) => number;
  readonly prctl: (option: number, value: number) => number;
  readonly eventfd: (initial: number, flags: number) => number;
  /** Waits on a thread of its own and tells how many of the `struct pollfd` in `fds` have events. */
  readonly poll: (
    fds: Uint8Array,
    count: number,
    timeoutMs: number,
    done: (error: unknown, ready: number) => void,
  ) => void;
}

/** glibc's name first, then musl's. */
const LIBRARIES = ["libc.so.6", "libc.so"];

/** Absent when the machine has no C library with these calls. */
export function openLibc(koffi: Koffi): Libc | undefined {
  for (const name of LIBRARIES) {
    try {
      return declare(koffi.load(name));
    } catch {
      // The next name.
    }
  }
  return undefined;
}

function declare(library: KoffiLibrary): Libc {
  const mlock2 = library.func("int mlock2(uintptr_t address, size_t length, unsigned int flags)");
  const madvise = library.func("int madvise(uintptr_t address, size_t length, int advice)");
  const prctl = library.func(
    "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
  );
  const eventfd = library.func("int eventfd(unsigned int initial, int flags)");
  const poll = library.func("int poll(_Inout_ void *fds, unsigned long count, int timeout)");
  return {
    mlock2: (address, lengthBytes, flags) => Number(mlock2(address, lengthBytes, flags)),
    madvise: (address, lengthBytes, advice) => Number(madvise(address, lengthBytes, advice)),
    prctl: (option, value) => Number(prctl(option, value, 0, 0, 0)),
    eventfd: (initial, flags) => Number(eventfd(initial, flags)),
    poll: (fds, count, timeoutMs, done) => poll.async(fds, count, timeoutMs, done),
  };
}
