/** The few calls of the C library that Node does not offer, through koffi where it can be loaded. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Each returns 0 on success. Addresses and lengths are bytes. */
export interface Libc {
  readonly mlock2: (address: number, lengthBytes: number, flags: number) => number;
  readonly madvise: (address: number, lengthBytes: number, advice: number) => number;
}

/** What we use of koffi (https://koffi.dev). */
interface Koffi {
  load(path: string): { func(declaration: string): (...values: number[]) => number };
}

/** glibc's name first, then musl's. */
const LIBRARIES = ["libc.so.6", "libc.so"];

/** Absent when there is no koffi for this machine, or a libc without these calls. */
export async function loadLibc(): Promise<Libc | undefined> {
  const koffi = (await koffiPackage()) ?? koffiBesideProgram();
  if (!koffi) return undefined;
  for (const library of LIBRARIES) {
    try {
      const libc = koffi.load(library);
      return {
        mlock2: libc.func("int mlock2(uintptr_t address, size_t length, unsigned int flags)"),
        madvise: libc.func("int madvise(uintptr_t address, size_t length, int advice)"),
      };
    } catch {
      // The next name.
    }
  }
  return undefined;
}

async function koffiPackage(): Promise<Koffi | undefined> {
  try {
    const loaded: { default?: unknown } = await import("koffi");
    return asKoffi(loaded.default ?? loaded);
  } catch {
    return undefined;
  }
}

/** A packaged agent carries koffi.node beside its executable or bundle: the addon works without koffi's own wrapper. */
function koffiBesideProgram(): Koffi | undefined {
  for (const program of [process.argv[1], process.execPath]) {
    const file = join(dirname(program ?? process.execPath), "koffi.node");
    if (!existsSync(file)) continue;
    try {
      const addon: { exports: unknown } = { exports: {} };
      process.dlopen(addon as never, file);
      return asKoffi(addon.exports);
    } catch {
      // Built for another machine or libc.
    }
  }
  return undefined;
}

function asKoffi(value: unknown): Koffi | undefined {
  const ok =
    typeof value === "object" && value !== null && "load" in value && typeof value.load === "function";
  return ok ? (value as Koffi) : undefined;
}
