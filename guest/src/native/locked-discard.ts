/**
 * Lets V8 give back memory that is locked.
 *
 * V8 does so with `madvise(MADV_DONTNEED)`, which the kernel refuses for locked memory, and takes the refusal for a mistake of its own: it aborts
 * (V8: src/base/platform/platform-posix.cc, `OS::DiscardSystemPages` and `OS::SetPermissions`). Since Linux 5.18 there is
 * MADV_DONTNEED_LOCKED, the same for locked memory too (madvise(2)). So this program's calls of `madvise` are led to a few instructions that put
 * the one in the other's place and go on to the C library. What leads them there is one word, which the dynamic linker filled in.
 */
import { readFileSync } from "node:fs";
import { parseAuxv, sealedPages } from "./own-program.ts";
import type { ProcessMemory } from "./process-memory.ts";

const MADV_DONTNEED_LOCKED = 24;
const MLOCK_ONFAULT = 1;
/** mprotect(2) */
const PROT_READ = 1;
const PROT_READ_WRITE = 3;
const PROT_READ_EXEC = 5;
const WORD_BYTES = 8;

interface Detour {
  readonly code: string;
  /** Where the address of the C library's `madvise` goes. */
  readonly addressAt: number;
}

const DETOURS: Partial<Record<NodeJS.Architecture, Detour>> = {
  // cmp $4,%edx; jne 1f; mov $24,%edx; 1: movabs $address,%rax; jmp *%rax
  x64: { code: "83fa04 7505 ba18000000 48b80000000000000000 ffe0", addressAt: 12 },
  // cmp w2,#4; b.ne 1f; mov w2,#24; 1: ldr x16,2f; br x16; nop; 2: .quad address
  arm64: { code: "5f100071 41000054 02038052 70000058 00021fd6 1f2003d5 0000000000000000", addressAt: 24 },
};

interface Word {
  readonly address: number;
  readonly pageAddress: number;
  readonly pageBytes: number;
}

/** False, with nothing changed, where the kernel, the processor or the program is none for which it can be done. */
export function discardLocked(memory: ProcessMemory, architecture = process.arch): boolean {
  const detour = DETOURS[architecture];
  if (!detour) return false;
  try {
    const madvise = memory.addressOf("madvise");
    const word = findWord(memory, wordOf(madvise));
    const code = word && makeDetour(memory, detour, madvise, word.pageBytes);
    return word !== undefined && code !== undefined && redirect(memory, word, wordOf(code));
  } catch {
    return false;
  }
}

/** The only word of the program's that holds the function's address. */
function findWord(memory: ProcessMemory, content: Buffer): Word | undefined {
  const program = parseAuxv(readFileSync("/proc/self/auxv"));
  if (!program) return undefined;
  const { pageBytes } = program;
  const headers = copyOf(memory, program.headers.startAddress, program.headers.lengthBytes);
  const sealed = sealedPages(headers, program);
  if (!sealed) return undefined;
  const words = copyOf(memory, sealed.startAddress, sealed.lengthBytes);
  const at = words.indexOf(content);
  const address = sealed.startAddress + at;
  if (at < 0 || words.indexOf(content, at + 1) >= 0 || address % WORD_BYTES !== 0) return undefined;
  return { address, pageAddress: address - (address % pageBytes), pageBytes };
}

/** The address of the instructions, on a page of their own; absent when the kernel is too old. */
function makeDetour(
  memory: ProcessMemory,
  { code, addressAt }: Detour,
  madvise: number,
  pageBytes: number,
): number | undefined {
  const page = memory.map(pageBytes);
  if (page < 0 || !canDiscardLocked(memory, page, pageBytes)) return undefined;
  const bytes = Buffer.from(code.replaceAll(" ", ""), "hex");
  wordOf(madvise).copy(bytes, addressAt);
  memory.copyTo(page, bytes);
  return memory.mprotect(page, pageBytes, PROT_READ_EXEC) === 0 ? page : undefined;
}

/** Tried rather than asked: emulators say yes to any advice. */
function canDiscardLocked(memory: ProcessMemory, page: number, pageBytes: number): boolean {
  memory.copyTo(page, Buffer.of(1));
  if (memory.mlock2(page, pageBytes, MLOCK_ONFAULT) !== 0) return false;
  return memory.madvise(page, pageBytes, MADV_DONTNEED_LOCKED) === 0 && copyOf(memory, page, 1)[0] === 0;
}

function redirect(memory: ProcessMemory, { address, pageAddress, pageBytes }: Word, to: Buffer): boolean {
  if (memory.mprotect(pageAddress, pageBytes, PROT_READ_WRITE) !== 0) return false;
  memory.copyTo(address, to);
  memory.mprotect(pageAddress, pageBytes, PROT_READ);
  return copyOf(memory, address, WORD_BYTES).equals(to);
}

function copyOf(memory: ProcessMemory, address: number, lengthBytes: number): Buffer {
  const copy = Buffer.alloc(lengthBytes);
  memory.copyFrom(address, copy);
  return copy;
}

function wordOf(address: number): Buffer {
  const word = Buffer.alloc(WORD_BYTES);
  word.writeBigUInt64LE(BigInt(address));
  return word;
}
