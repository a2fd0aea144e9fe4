/** Owns a simulated guest's agent port: QEMU's listening socket and the guest's end of it in one. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { ByteStream, StreamState } from "../../../guest/src/link/link.ts";
import { type Lane, Outbox } from "../../../guest/src/link/outbox.ts";

/** More than this unread means that the host floods: it is cut off. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** Serves one host at a time, as a port does. */
export class PortLink implements ByteStream {
  readonly problem = undefined;
  readonly #server: Server;
  #outbox = new Outbox();
  #host: Socket | undefined;
  #unread: Uint8Array[] = [];
  #generation = 0;

  /** Listens on `path`. */
  static async listen(path: string): Promise<PortLink> {
    const link = new PortLink();
    link.#server.listen(path);
    await once(link.#server, "listening");
    return link;
  }

  private constructor() {
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  get state(): StreamState {
    return this.#host === undefined ? "absent" : "up";
  }

  get generation(): number {
    return this.#generation;
  }

  poll(_nowMs: number, onBytes: (untrustedBytes: Uint8Array) => void): void {
    const chunks = this.#unread;
    this.#unread = [];
    for (const chunk of chunks) onBytes(chunk);
    this.#flush();
  }

  send(lane: Lane, frame: Uint8Array): void {
    this.#outbox.put(lane, frame);
    this.#flush();
  }

  close(): void {
    this.#server.close();
    this.#host?.destroy();
  }

  #welcome(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    if (this.#host !== undefined) {
      socket.destroy();
      return;
    }
    this.#host = socket;
    this.#generation += 1;
    this.#outbox = new Outbox();
    this.#unread = [];
    socket.on("data", (chunk) => this.#received(socket, chunk));
    socket.once("close", () => {
      this.#host = undefined;
    });
  }

  #received(socket: Socket, chunk: Uint8Array): void {
    this.#unread.push(chunk);
    if (this.#unread.reduce((bytes, { length }) => bytes + length, 0) > MAX_UNREAD_BYTES) socket.destroy();
  }

  #flush(): void {
    const host = this.#host;
    if (host === undefined) return;
    this.#outbox.flush((bytes, offset) => {
      // A socket keeps what the other end does not read: so one frame at a time.
      if (host.writableLength > 0) return 0;
      host.write(bytes.subarray(offset));
      return bytes.length - offset;
    });
  }
}
