/** Random ids from the kernel. node:crypto would do the same for 1.1 MiB of memory in every guest. */
import { closeSync, openSync, readSync } from "node:fs";

/** `bytes` random bytes as hex. Throws when the guest has no /dev/urandom. */
export function randomHex(bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  const fd = openSync("/dev/urandom", "r");
  try {
    readSync(fd, buffer, 0, bytes, null);
  } finally {
    closeSync(fd);
  }
  return buffer.toString("hex");
}
