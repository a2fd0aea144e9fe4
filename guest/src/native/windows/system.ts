/** Windows' libraries as the agent's other native modules use them. */
import type { Koffi, KoffiFunction } from "../koffi.ts";

/** Calls a function of Windows; numbers stand for flags, handles and truth values, all of which are exact as numbers: koffi then gives no BigInt. */
export type Call = (...values: unknown[]) => number;

/** Declares functions by their C prototype, without the calling convention; throws when the library has no such function. */
export type Declare = (prototype: string) => Call;

export interface WindowsLibraries {
  readonly kernel32: Declare;
  readonly advapi32: Declare;
  readonly ntdll: Declare;
  /** The error of the last call that failed (koffi keeps it from being overwritten). */
  readonly lastError: () => number;
}

export function openLibraries(koffi: Koffi): WindowsLibraries {
  const kernel32 = library(koffi, "kernel32.dll");
  return {
    kernel32,
    advapi32: library(koffi, "advapi32.dll"),
    ntdll: library(koffi, "ntdll.dll"),
    lastError: kernel32("uint32_t GetLastError()"),
  };
}

function library(koffi: Koffi, name: string): Declare {
  const loaded = koffi.load(name);
  // As it is: a function around it would gather the arguments in an array, for each sample anew.
  return (prototype) => loaded.func(withConvention(prototype)) as Call;
}

/** A function that blocks, for a thread of Node's pool. */
export function declareBlocking(koffi: Koffi, name: string, prototype: string): KoffiFunction["async"] {
  return koffi.load(name).func(withConvention(prototype)).async;
}

/** Windows' functions clean up their own arguments; on x64 all conventions are one. */
function withConvention(prototype: string): string {
  return prototype.replace(/ (?=\w+\()/, " __stdcall ");
}
