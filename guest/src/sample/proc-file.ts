/** A kernel file that is read over and over: opened once, read into a buffer that stays. */
import { closeSync, constants, openSync, readSync } from "node:fs";

/** Makes what reads a file from `position` on to the same place of the buffer, and tells how much it read; it may throw, or return less than 0. */
export type ReadInto = (buffer: Uint8Array) => (fd: number, position: number) => number;

/** With Node's own means, which leave some 400 bytes of garbage each time. */
export const readIntoWithNode: ReadInto = (buffer) => (fd, position) =>
  readSync(fd, buffer, position, buffer.length - position, position);

/** Reads from the start each time. */
export class ProcFile {
  readonly #path: string;
  readonly #capacity: number;
  readonly #read: ReturnType<ReadInto>;
  #fd: number | undefined;
  #missing = false;

  /** `buffer` is overwritten by every read and may be shared between files. */
  constructor(path: string, buffer: Uint8Array, readInto: ReadInto) {
    this.#path = path;
    this.#capacity = buffer.length;
    this.#read = readInto(buffer);
  }

  /**
   * Bytes now in the buffer; absent when the file cannot be read, which is not tried again until `retry`.
   * `oneRead` saves a system call for files that the kernel delivers whole at once (single_open in fs/proc).
   */
  read(oneRead: boolean): number | undefined {
    if (this.#missing) return undefined;
    try {
      this.#fd ??= openSync(this.#path, constants.O_RDONLY);
      const length = this.#readFromStart(this.#fd, oneRead);
      if (length >= 0) return length;
    } catch {
      // As below.
    }
    // Not built into this kernel (ENOENT), or switched off (EOPNOTSUPP for PSI).
    this.#missing = true;
    this.close();
    return undefined;
  }

  /** Lets a file that was missing be looked for again: modules are loaded later. */
  retry(): void {
    this.#missing = false;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #readFromStart(fd: number, oneRead: boolean): number {
    let filled = 0;
    while (filled < this.#capacity) {
      const count = this.#read(fd, filled);
      if (count < 0) return count;
      filled += count;
      if (count === 0 || oneRead) break;
    }
    return filled;
  }
}
