/** Parses /proc/meminfo (kernel: fs/proc/meminfo.c, Documentation/filesystems/proc.rst). */
import { digitsAt, KeyValueScanner, NEWLINE, startsAt } from "./key-values.ts";

const KIB = 1024;

/** What the agent takes from meminfo, in bytes; absent where the kernel does not say. */
export interface Meminfo {
  readonly totalBytes?: number;
  readonly freeBytes?: number;
  readonly availableBytes?: number;
  /** File pages on the LRU lists: no tmpfs, no shared memory. */
  readonly fileBytes?: number;
  /** Those of them that were used more than once. */
  readonly activeFileBytes?: number;
  readonly slabReclaimableBytes?: number;
  readonly dirtyBytes?: number;
  readonly anonymousBytes?: number;
  readonly sharedBytes?: number;
  readonly unevictableBytes?: number;
  readonly committedBytes?: number;
  readonly commitLimitBytes?: number;
  readonly swapTotalBytes?: number;
  readonly swapFreeBytes?: number;
  readonly hugetlbBytes?: number;
  /** Kernels from 6.16 on. */
  readonly balloonBytes?: number;
}

const KEYS = {
  totalBytes: ["MemTotal"],
  freeBytes: ["MemFree"],
  availableBytes: ["MemAvailable"],
  fileBytes: ["Active(file)", "Inactive(file)"],
  activeFileBytes: ["Active(file)"],
  slabReclaimableBytes: ["SReclaimable"],
  dirtyBytes: ["Dirty"],
  anonymousBytes: ["AnonPages"],
  sharedBytes: ["Shmem"],
  unevictableBytes: ["Unevictable"],
  committedBytes: ["Committed_AS"],
  commitLimitBytes: ["CommitLimit"],
  swapTotalBytes: ["SwapTotal"],
  swapFreeBytes: ["SwapFree"],
  hugetlbBytes: ["Hugetlb"],
  balloonBytes: ["Balloon"],
};

/** A parser that never throws: what is missing or malformed is absent. Its result shows the newest figures, and is always the same object. */
export function meminfoParser(): (bytes: Uint8Array, length?: number) => Meminfo {
  const scanner = new KeyValueScanner(KEYS, { unit: KIB });
  return (bytes, length = bytes.length) => scanner.scan(bytes, length);
}

/** The file's first lines since Linux 3.14, in this order. */
const HEAD_KEYS = ["MemTotal:", "MemFree:", "MemAvailable:"].map((key) => Buffer.from(key, "latin1"));
const SPACE = 0x20;
/** Per-CPU lists of pages make the kernel's figures move by less. */
const MOVED_KIB = 1024;
/** Three lines of up to 30 letters end here with their figures, in words of 32 bits. */
const HEAD_WORDS = 22;

/**
 * A first look at the file: whether what is free and what is available moved since the last sample. It costs a fraction of parsing some fifty
 * lines and judging what they say.
 */
export class MeminfoHead {
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  /** The file's beginning when it was last found the same. */
  readonly #same = new Int32Array(HEAD_WORDS);
  // Numbers of 32 bits, because V8 allocates for larger ones until code is compiled.
  readonly #known = new Int32Array(HEAD_KEYS.length);
  readonly #now = new Int32Array(HEAD_KEYS.length);

  /** `bytes`: where the file is read to each time. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, HEAD_WORDS);
  }

  /** Keeps what the sample of `length` bytes shows. */
  keep(length: number): void {
    this.#same.set(this.#words);
    if (this.#read(this.#bytes, length)) this.#known.set(this.#now);
    else this.#same.fill(0);
  }

  /** Whether the file shows what was kept, but for noise. False where it begins otherwise. */
  isSame(length: number): boolean {
    // Mostly not even a digit changed: this takes a tenth of the time in which V8's interpreter reads the figures.
    if (this.#isTheVerySame()) return true;
    if (!this.#isNear(length)) return false;
    this.#same.set(this.#words);
    return true;
  }

  #isTheVerySame(): boolean {
    const words = this.#words;
    const same = this.#same;
    for (let i = 0; i < HEAD_WORDS; i++) if (words[i] !== same[i]) return false;
    return true;
  }

  #isNear(length: number): boolean {
    if (!this.#read(this.#bytes, length)) return false;
    const now = this.#now;
    const known = this.#known;
    let movedKib = 0;
    for (let i = 1; i < now.length; i++) movedKib += Math.abs((now[i] ?? 0) - (known[i] ?? 0));
    return now[0] === known[0] && movedKib < MOVED_KIB;
  }

  #read(bytes: Uint8Array, length: number): boolean {
    let position = 0;
    for (let i = 0; i < HEAD_KEYS.length; i++) {
      const key = HEAD_KEYS[i] as Uint8Array;
      if (!startsAt(bytes, position, length, key)) return false;
      position += key.length;
      while (position < length && bytes[position] === SPACE) position++;
      const kib = digitsAt(bytes, position, length);
      if (!(kib >= 0 && kib < 2 ** 31)) return false;
      this.#now[i] = kib;
      while (position < length && bytes[position] !== NEWLINE) position++;
      position++;
    }
    return true;
  }
}
