/** A kernel file that is read over and over: opened once, read into a buffer that stays. */
import { closeSync, constants, openSync, readSync } from "node:fs";

/** Reads from the start each time. */
export class ProcFile {
  readonly #path: string;
  readonly #buffer: Uint8Array;
  #fd: number | undefined;
  #missing = false;

  /** `buffer` is overwritten by every read and may be shared between files. */
  constructor(path: string, buffer: Uint8Array) {
    this.#path = path;
    this.#buffer = buffer;
  }

  /**
   * Bytes now in the buffer; absent when the file cannot be read, which is not tried again until `retry`.
   * `oneRead` saves a system call for files that the kernel delivers whole at once (single_open in fs/proc).
   */
  read(oneRead: boolean): number | undefined {
    if (this.#missing) return undefined;
    try {
      this.#fd ??= openSync(this.#path, constants.O_RDONLY);
      return readFromStart(this.#fd, this.#buffer, oneRead);
    } catch {
      // Not built into this kernel (ENOENT), or switched off (EOPNOTSUPP for PSI).
      this.#missing = true;
      this.close();
      return undefined;
    }
  }

  /** Lets a file that was missing be looked for again: modules are loaded later. */
  retry(): void {
    this.#missing = false;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

function readFromStart(fd: number, buffer: Uint8Array, oneRead: boolean): number {
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(fd, buffer, filled, buffer.length - filled, filled);
    filled += count;
    if (count === 0 || oneRead) break;
  }
  return filled;
}
