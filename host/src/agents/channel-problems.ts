/** What is wrong with a channel's socket, in words that tell the admin what to do. */

/** Linux `sun_path`: 108 bytes with the closing zero (unix(7)). */
const LONGEST_PATH_BYTES = 107;

/** Explains why `path` cannot be connected to. */
export function connectProblem(error: NodeJS.ErrnoException, path: string): string {
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES)
    return `the agent channel's path is longer than ${LONGEST_PATH_BYTES} bytes, which no socket can have: ${path}`;
  switch (error.code) {
    case "ENOENT":
      return `no agent channel at ${path}: the guest is off, or has no such chardev`;
    case "ECONNREFUSED":
      return `no program listens on the agent channel ${path}: the guest is off, or the path is no socket`;
    case "EACCES":
    case "EPERM":
      return `no permission to connect to the agent channel ${path}`;
    case "ENOTSOCK":
      return `the agent channel ${path} is no socket`;
    case "EAGAIN":
      return `the agent channel ${path} is held by another program, and others wait for it`;
    default:
      return `cannot connect to the agent channel ${path}: ${error.code ?? error.message}`;
  }
}

/** QEMU serves one client of a chardev. It accepts other connections but never answers them. */
export const SILENCE_HINT =
  "no agent runs in the guest, or another program holds the channel (QEMU lets a second client wait in silence)";

/** The frame reader gave up the stream. */
export const FLOOD_PROBLEM =
  "the guest sends noise instead of frames on its agent channel: it is closed, and tried again after a pause";

/** Error codes that show that the other side ended while it was written to or read from. */
const PEER_GONE = new Set<string | undefined>(["EPIPE", "ECONNRESET"]);

/** Explains why an open connection ended. */
export function endProblem(error: NodeJS.ErrnoException | undefined, path: string): string {
  const how =
    error === undefined || PEER_GONE.has(error.code) ? "QEMU closed it" : (error.code ?? error.message);
  return `the agent channel ${path} ended: ${how}`;
}
