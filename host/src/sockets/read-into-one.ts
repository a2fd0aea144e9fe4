/** Client sockets that are all read into one buffer. */
import { Socket } from "node:net";

/** What one read takes at most. Node would set aside this much for each read of each socket, until the next garbage collection. */
const READ_BYTES = 64 * 1024;
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

/** A socket that is not connected yet. `onBytes` gets what was read; the bytes are overwritten by the next read of any such socket. */
export function openSocket(onBytes: (untrustedBytes: Uint8Array) => void): Socket {
  const callback = (length: number, bytes: Uint8Array) => {
    onBytes(bytes.subarray(0, length));
    return true;
  };
  return new Socket({ onread: { buffer: readBuffer, callback } });
}
