/** A client of libvirtd that sends as many calls as it likes. */
import { once } from "node:events";
import net from "node:net";
import type { LibvirtAddress } from "../../host/src/libvirt/address.ts";
import { encodeFrame, FrameReader } from "../../host/src/libvirt/rpc/frame.ts";
import { AUTH_LIST, CONNECT_OPEN, type Procedure } from "../../host/src/libvirt/rpc/procedures.ts";
import { bytesOf } from "../../host/src/libvirt/rpc/wire.ts";

const REMOTE = 0x20008086;

export class GreedyClient {
  /** Serials of the calls that were answered. */
  readonly answered: number[] = [];
  readonly #socket: net.Socket;
  #lastSerial = 0;

  private constructor(path: string) {
    const reader = new FrameReader();
    this.#socket = net.connect(path);
    this.#socket.on("data", (chunk) => {
      for (const { header } of reader.push(chunk)) this.answered.push(header.serial);
    });
    this.#socket.on("error", () => undefined);
  }

  static async open({ socketPaths, uri }: LibvirtAddress): Promise<GreedyClient> {
    const client = new GreedyClient(socketPaths[1] ?? "");
    await once(client.#socket, "connect");
    client.send(AUTH_LIST, {});
    client.send(CONNECT_OPEN, { name: bytesOf(uri), flags: 0 });
    return client;
  }

  /** The serial that its answer will have. */
  send<Args, Reply>({ number, args: type }: Procedure<Args, Reply>, args: Args): number {
    const serial = ++this.#lastSerial;
    const header = { program: REMOTE, version: 1, procedure: number, type: 0, serial, status: 0 };
    this.#socket.write(encodeFrame(header, type.encode(args)));
    return serial;
  }

  close(): void {
    this.#socket.destroy();
  }
}
