/** The few system calls on a character device that never block. */
import { closeSync, constants, openSync, readSync, statSync, writeSync } from "node:fs";
import { constants as osConstants } from "node:os";

export type ReadResult =
  | { readonly kind: "bytes"; readonly count: number }
  /** Nothing now; the other end is there. */
  | { readonly kind: "idle" }
  /** No host at the other end. */
  | { readonly kind: "absent" };

/** The channel's path is not a character device. It cannot be a port, and writing to it would change it. */
export class NotADeviceError extends Error {
  override readonly name = "NotADeviceError";
}

/** Errors of the system keep their `code` (EBUSY, ENODEV…). */
export interface CharDevice {
  open(path: string): number;
  read(fd: number, into: Uint8Array): ReadResult;
  /** Writes; returns the bytes taken, 0 when none can be taken now. */
  write(fd: number, bytes: Uint8Array, offset: number): number;
  close(fd: number): void;
}

/** Each the same for all reads: at rest one of them comes with every sample. */
export const IDLE: ReadResult = { kind: "idle" };
export const ABSENT: ReadResult = { kind: "absent" };

/** Reads without throwing: bytes, or -1 and why in `errno`. */
export interface QuietReads {
  readonly read: (fd: number, into: Uint8Array) => number;
  readonly errno: () => number;
}

/** As below, but what every sample does at rest, to find nothing to read, makes no error object. */
export function quietCharDevice({ read, errno }: QuietReads): CharDevice {
  return {
    ...charDevice,
    read(fd, into) {
      const count = read(fd, into);
      if (count > 0) return { kind: "bytes", count };
      if (count === 0) return ABSENT;
      // Node knows best what to make of anything else.
      return errno() === osConstants.errno.EAGAIN ? IDLE : charDevice.read(fd, into);
    },
  };
}

/** The real one. O_NONBLOCK decides: a blocking write to a port without a host hangs, and is delivered stale later. */
export const charDevice: CharDevice = {
  open(path) {
    if (!statSync(path).isCharacterDevice()) throw new NotADeviceError(path);
    return openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
  },
  read(fd, into) {
    try {
      const count = readSync(fd, into, 0, into.length, null);
      return count === 0 ? ABSENT : { kind: "bytes", count };
    } catch (error) {
      if (isAgain(error)) return IDLE;
      throw error;
    }
  },
  write(fd, bytes, offset) {
    try {
      return writeSync(fd, bytes, offset, bytes.length - offset, null);
    } catch (error) {
      if (isAgain(error)) return 0;
      throw error;
    }
  },
  close: (fd) => closeSync(fd),
};

/** The `code` of a system error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function isAgain(error: unknown): boolean {
  return errorCode(error) === "EAGAIN";
}
