/** Reads small files that the admin names. Whatever is at the path, the agent's only thread neither waits nor reads without end. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { errorCode } from "./char-device.ts";

/** The message says what is wrong with the file; it never holds any of its content. */
export class SmallFileError extends Error {
  override readonly name = "SmallFileError";
}

export interface SmallFile {
  readonly bytes: Buffer;
  /** Of stat(2). */
  readonly mode: number;
}

/**
 * Gives the content of a regular file of at most `limitBytes`. Throws a `SmallFileError` for anything else: a FIFO or a terminal would be
 * waited for, a device would do something when it is opened, and a large file would take the guest's memory.
 */
export function readSmallFile(path: string, limitBytes: number): SmallFile {
  let fd: number | undefined;
  try {
    expectFile(statSync(path));
    // Another file may be there by now, so it is opened without waiting and checked again.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
    const stats = fstatSync(fd);
    expectFile(stats);
    const buffer = Buffer.alloc(limitBytes + 1);
    const count = readSync(fd, buffer);
    if (count > limitBytes)
      throw new SmallFileError(`is larger than the ${limitBytes} bytes that it may have`);
    return { bytes: buffer.subarray(0, count), mode: stats.mode };
  } catch (cause) {
    if (cause instanceof SmallFileError) throw cause;
    throw new SmallFileError(`cannot be read (${errorCode(cause) ?? String(cause)})`, { cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function expectFile(stats: { isFile(): boolean }): void {
  if (!stats.isFile()) throw new SmallFileError("is no regular file");
}
