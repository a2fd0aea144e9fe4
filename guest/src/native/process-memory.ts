/** The C library's calls on this process's own memory. */
import type { KoffiFunction, KoffiLibrary } from "./koffi.ts";

/** Addresses and lengths are bytes; results are those of the C functions, -1 for failure. */
export interface ProcessMemory {
  readonly mlock2: (address: number, lengthBytes: number, flags: number) => number;
  readonly munlock: (address: number, lengthBytes: number) => number;
  readonly madvise: (address: number, lengthBytes: number, advice: number) => number;
  /** Advises on a part of a file; a length of 0 is all of it. The result is 0, or an errno. */
  readonly fadvise: (fd: number, offset: number, lengthBytes: number, advice: number) => number;
  /** Gives back what the allocator keeps; does nothing where the C library has no such call (musl). */
  readonly mallocTrim: () => void;
}

/** Throws when the library lacks one of the calls that every C library has. */
export function declareProcessMemory(library: KoffiLibrary): ProcessMemory {
  const mlock2 = library.func("int mlock2(uintptr_t address, size_t length, unsigned int flags)");
  const munlock = library.func("int munlock(uintptr_t address, size_t length)");
  const madvise = library.func("int madvise(uintptr_t address, size_t length, int advice)");
  const fadvise = library.func("int posix_fadvise(int fd, long offset, long length, int advice)");
  const mallocTrim = optional(library, "int malloc_trim(size_t keep)");
  return {
    mlock2: (address, lengthBytes, flags) => Number(mlock2(address, lengthBytes, flags)),
    munlock: (address, lengthBytes) => Number(munlock(address, lengthBytes)),
    madvise: (address, lengthBytes, advice) => Number(madvise(address, lengthBytes, advice)),
    fadvise: (fd, offset, lengthBytes, advice) => Number(fadvise(fd, offset, lengthBytes, advice)),
    mallocTrim: () => void mallocTrim?.(0),
  };
}

function optional(library: KoffiLibrary, declaration: string): KoffiFunction | undefined {
  try {
    return library.func(declaration);
  } catch {
    return undefined;
  }
}
