/** The few calls of the C library that Node does not offer. */
import type { Koffi, KoffiLibrary } from "./koffi.ts";
import { declareProcessMemory, type ProcessMemory } from "./process-memory.ts";

/** Results are those of the C functions, -1 for failure. */
export interface Libc extends ProcessMemory {
  readonly prctl: (option: number, value: number) => number;
  /** Puts another program in this one's place, with the same standard input and output; returns only when that fails. */
  readonly execve: (path: string, words: readonly string[], variables: readonly string[]) => number;
  readonly eventfd: (initial: number, flags: number) => number;
  /** Reads a file from `position` on to the same place of `buffer`, up to its end: without garbage, which `fs.readSync` leaves. */
  readonly readInto: (buffer: Uint8Array) => (fd: number, position: number) => number;
  /** Reads whatever comes next into the buffer: the bytes read, or -1, for which `fs.readSync` would make an error with a stack. */
  readonly read: (fd: number, into: Uint8Array) => number;
  /** Whether `fd` takes a few bytes now, or reports an error at once. */
  readonly isWritable: (fd: number) => boolean;
  /** Error of the last call that failed. */
  readonly errno: () => number;
  /** Waits on a thread of its own and tells how many of the `struct pollfd` in `fds` have events. */
  readonly poll: (
    fds: Uint8Array,
    count: number,
    timeoutMs: number,
    done: (error: unknown, ready: number) => void,
  ) => void;
  /** The same on this thread, for a buffer that stays: nothing else of the program runs meanwhile. */
  readonly pollHere: (fds: Uint8Array, count: number) => (timeoutMs: number) => number;
}

/** struct pollfd of poll(2): int fd; short events; short revents. */
const POLLFD_BYTES = 8;
const POLLFD_EVENTS_AT = 4;
const POLLOUT = 4;
const STANDARD_FDS = [0, 1, 2];
/** fcntl(2); a value of 0 keeps a descriptor open across execve(2). */
const F_SETFD = 2;
/** glibc's name first, then musl's. */
const LIBRARIES = ["libc.so.6", "libc.so"];

/** Absent when the machine has no C library with these calls. */
export function openLibc(koffi: Koffi): Libc | undefined {
  for (const name of LIBRARIES) {
    try {
      return declare(koffi, koffi.load(name));
    } catch {
      // The next name.
    }
  }
  return undefined;
}

function declare(koffi: Koffi, library: KoffiLibrary): Libc {
  const prctl = library.func(
    "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
  );
  const execve = library.func("int execve(const char *path, const char **words, const char **variables)");
  const fcntl = library.func("int fcntl(int fd, int command, ...)");
  const eventfd = library.func("int eventfd(unsigned int initial, int flags)");
  // An address, because a part of a buffer would be an object of its own.
  const pread = library.func("long pread(int fd, uintptr_t to, size_t count, long position)");
  const read = library.func("long read(int fd, void *to, size_t count)");
  const poll = library.func("int poll(_Inout_ void *fds, unsigned long count, int timeout)");
  // The same call: koffi copies a buffer there and back, but not what an address stands for.
  const pollAt = library.func("int poll(uintptr_t fds, unsigned long count, int timeout)");
  const pollfd = Buffer.alloc(POLLFD_BYTES);
  return {
    ...declareProcessMemory(library),
    prctl: (option, value) => Number(prctl(option, value, 0, 0, 0)),
    execve: (path, words, variables) => {
      // Node marks them to be closed.
      for (const fd of STANDARD_FDS) fcntl(fd, F_SETFD, "int", 0);
      // C's lists end with a null pointer.
      return Number(execve(path, [...words, null], [...variables, null]));
    },
    eventfd: (initial, flags) => Number(eventfd(initial, flags)),
    readInto: (buffer) => {
      const address = Number(koffi.address(buffer));
      return (fd, position) => Number(pread(fd, address + position, buffer.length - position, position));
    },
    read: (fd, into) => Number(read(fd, into, into.length)),
    isWritable: (fd) => {
      pollfd.writeInt32LE(fd, 0);
      pollfd.writeInt16LE(POLLOUT, POLLFD_EVENTS_AT);
      return Number(poll(pollfd, 1, 0)) !== 0;
    },
    pollHere: (fds, count) => {
      const address = Number(koffi.address(fds));
      return (timeoutMs) => Number(pollAt(address, count, timeoutMs));
    },
    errno: () => koffi.errno(),
    poll: (fds, count, timeoutMs, done) => poll.async(fds, count, timeoutMs, done),
  };
}
