/** One connection that sends its bytes and ends. */
import { connect, type NetConnectOpts } from "node:net";

/** A stream of events never ends by itself: what has been silent for so long has said enough. */
const SILENT_MS = 200;
/** An answer longer than this is not one to a single request. */
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;

/** All that is answered until the connection ends. */
export function exchange(to: NetConnectOpts, untrustedBytes: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const socket = connect(to, () => void socket.end(untrustedBytes));
    socket.setTimeout(SILENT_MS, () => socket.destroy());
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MOST_ANSWER_BYTES) socket.destroy(new Error(`an answer of ${bytes} bytes`));
    });
    // A peer that cuts the connection has answered in its way.
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === undefined ? reject(error) : undefined,
    );
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  });
}
