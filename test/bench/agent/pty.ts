/** Owns a pseudo-terminal: a character device for the agent that can be held at the other end without a guest. */
import { writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import koffi from "koffi";

/** O_RDWR | O_NOCTTY of open(2). */
const OPEN_FLAGS = 0x102;
/** struct termios of glibc, and room to spare. */
const TERMIOS_BYTES = 128;
const TCSANOW = 0;

const libc = koffi.load("libc.so.6");
const openPt = libc.func("int posix_openpt(int flags)");
const grantPt = libc.func("int grantpt(int fd)");
const unlockPt = libc.func("int unlockpt(int fd)");
const nameOfPt = libc.func("const char *ptsname(int fd)");
const getAttributes = libc.func("int tcgetattr(int fd, _Out_ void *termios)");
const makeRaw = libc.func("void cfmakeraw(_Inout_ void *termios)");
const setAttributes = libc.func("int tcsetattr(int fd, int when, void *termios)");

export class Pty {
  /** What the agent opens. */
  readonly path: string;
  readonly #fd: number;
  readonly #reader: ReadStream;

  /** Bytes pass both ways as they are; `onBytes` hears what is written to `path`. */
  constructor(onBytes: (bytes: Uint8Array) => void) {
    this.#fd = openPt(OPEN_FLAGS);
    if (this.#fd < 0 || grantPt(this.#fd) !== 0 || unlockPt(this.#fd) !== 0) {
      throw new Error("no pseudo-terminal can be had: is /dev/pts mounted?");
    }
    this.path = nameOfPt(this.#fd);
    const termios = Buffer.alloc(TERMIOS_BYTES);
    getAttributes(this.#fd, termios);
    makeRaw(termios);
    setAttributes(this.#fd, TCSANOW, termios);
    this.#reader = new ReadStream(this.#fd);
    this.#reader.on("data", onBytes);
    // The agent that closes the last descriptor of the other end looks like an error here.
    this.#reader.on("error", () => {});
  }

  /** Lost once the agent is gone. */
  write(bytes: Uint8Array): void {
    if (!this.#reader.destroyed) writeSync(this.#fd, bytes);
  }

  /** Writes what the terminal takes now, and tells how many bytes that were. */
  writeSome(bytes: Uint8Array): number {
    try {
      return this.#reader.destroyed ? 0 : writeSync(this.#fd, bytes);
    } catch {
      // Full: the other end reads later.
      return 0;
    }
  }

  close(): void {
    this.#reader.destroy();
  }
}
