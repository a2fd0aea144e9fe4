/** A virtio-serial port as the guest's kernel shows it: reads 0 without a host, EAGAIN when idle, EBUSY when held. */
import type { CharDevice, ReadResult } from "../../guest/src/link/char-device.ts";

const FD = 7;

export class FakeCharDevice implements CharDevice {
  hostPresent = true;
  /** Thrown by the next open. */
  openError: string | undefined;
  /** Thrown by every read and write: the device is gone. */
  ioError: string | undefined;
  /** Bytes that a write takes before EAGAIN. */
  room = Number.POSITIVE_INFINITY;
  readonly written: number[] = [];
  readonly fromHost: Uint8Array[] = [];
  opens = 0;
  openCount = 0;

  open(): number {
    this.opens++;
    if (this.openError) throw systemError(this.openError);
    this.openCount++;
    return FD;
  }

  read(_fd: number, into: Uint8Array): ReadResult {
    if (this.ioError) throw systemError(this.ioError);
    if (!this.hostPresent) return { kind: "absent" };
    const chunk = this.fromHost.shift();
    if (!chunk) return { kind: "idle" };
    into.set(chunk);
    return { kind: "bytes", count: chunk.length };
  }

  write(_fd: number, bytes: Uint8Array, offset: number): number {
    if (this.ioError) throw systemError(this.ioError);
    const count = Math.min(this.room, bytes.length - offset);
    this.room -= count;
    this.written.push(...bytes.subarray(offset, offset + count));
    return count;
  }

  close(): void {
    this.openCount--;
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}
