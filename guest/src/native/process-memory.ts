/** The C library's calls on this process's own memory. */
import type { KoffiFunction, KoffiLibrary } from "./koffi.ts";

/** Addresses and lengths are bytes; results are those of the C functions, -1 for failure. */
export interface ProcessMemory {
  readonly mlock2: (address: number, lengthBytes: number, flags: number) => number;
  readonly mlockall: (flags: number) => number;
  /** Fills in `limit`, a `struct rlimit`. */
  readonly getrlimit: (resource: number, limit: Uint8Array) => number;
  readonly setrlimit: (resource: number, limit: Uint8Array) => number;
  readonly madvise: (address: number, lengthBytes: number, advice: number) => number;
  readonly mprotect: (address: number, lengthBytes: number, protection: number) => number;
  /** Gives back what the allocator keeps; does nothing where the C library has no such call (musl). */
  readonly mallocTrim: () => void;
  /** The address of fresh pages, readable and writable. */
  readonly map: (lengthBytes: number) => number;
  /** Fills `into` with what is at `address`, which must be readable. */
  readonly copyFrom: (address: number, into: Uint8Array) => void;
  /** Puts `bytes` at `address`, which must be writable. */
  readonly copyTo: (address: number, bytes: Uint8Array) => void;
  /** Where the C library has the function; throws when it has none. */
  readonly addressOf: (name: string) => number;
}

/** PROT_READ | PROT_WRITE and MAP_PRIVATE | MAP_ANONYMOUS of mmap(2). */
const READ_WRITE = 3;
const PRIVATE_ANONYMOUS = 0x22;

/** Throws when the library lacks one of the calls that every C library has. */
export function declareProcessMemory(library: KoffiLibrary): ProcessMemory {
  const mlock2 = library.func("int mlock2(uintptr_t address, size_t length, unsigned int flags)");
  const mlockall = library.func("int mlockall(int flags)");
  const getrlimit = library.func("int getrlimit(int resource, void *limit)");
  const setrlimit = library.func("int setrlimit(int resource, const void *limit)");
  const madvise = library.func("int madvise(uintptr_t address, size_t length, int advice)");
  const mprotect = library.func("int mprotect(uintptr_t address, size_t length, int protection)");
  const mallocTrim = optional(library, "int malloc_trim(size_t keep)");
  const mmap = library.func(
    "intptr_t mmap(uintptr_t at, size_t length, int prot, int flags, int fd, long offset)",
  );
  const copyFrom = library.func("uintptr_t memcpy(void *to, uintptr_t from, size_t length)");
  const copyTo = library.func("uintptr_t memcpy(uintptr_t to, const void *from, size_t length)");
  return {
    mlock2: (address, lengthBytes, flags) => Number(mlock2(address, lengthBytes, flags)),
    mlockall: (flags) => Number(mlockall(flags)),
    getrlimit: (resource, limit) => Number(getrlimit(resource, limit)),
    setrlimit: (resource, limit) => Number(setrlimit(resource, limit)),
    madvise: (address, lengthBytes, advice) => Number(madvise(address, lengthBytes, advice)),
    mprotect: (address, lengthBytes, protection) => Number(mprotect(address, lengthBytes, protection)),
    mallocTrim: () => void mallocTrim?.(0),
    map: (lengthBytes) => Number(mmap(0, lengthBytes, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0)),
    copyFrom: (address, into) => void copyFrom(into, address, into.length),
    copyTo: (address, bytes) => void copyTo(address, bytes, bytes.length),
    addressOf: (name) => Number(library.symbol(name)),
  };
}

function optional(library: KoffiLibrary, declaration: string): KoffiFunction | undefined {
  try {
    return library.func(declaration);
  } catch {
    return undefined;
  }
}
