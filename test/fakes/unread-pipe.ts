/** A pipe that a test reads when it likes, or never. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const CHUNK = Buffer.alloc(4096, " ");

export class UnreadPipe {
  readonly #path: string;
  #fd: number | undefined;

  constructor(folder: string) {
    this.#path = join(folder, "pipe");
    execFileSync("mkfifo", [this.#path]);
    this.open();
    onTestFinished(() => this.close());
  }

  /** Becomes its reader, again. */
  open(): void {
    // Open for both: nobody must write before it can be opened.
    this.#fd = openSync(this.#path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** It has no reader any more. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** A descriptor whose writer waits while the pipe is full, as a shell gives it to a program. */
  waitingEnd(): number {
    const fd = openSync(this.#path, constants.O_WRONLY);
    onTestFinished(() => closeSync(fd));
    return fd;
  }

  /** Fills it with spaces until it takes no more. */
  fill(): void {
    for (;;) {
      try {
        writeSync(this.#fd ?? -1, CHUNK);
      } catch {
        return;
      }
    }
  }

  /** What waits in it now. */
  read(): string {
    const parts: Buffer[] = [];
    for (;;) {
      try {
        const part = Buffer.alloc(65_536);
        parts.push(part.subarray(0, readSync(this.#fd ?? -1, part)));
      } catch {
        return Buffer.concat(parts).toString();
      }
    }
  }
}
