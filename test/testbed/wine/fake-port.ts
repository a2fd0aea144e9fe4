/** Owns the host's side of a stand-in for the virtio-serial port of a Windows under wine: QEMU's socket, joined with a named pipe there. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../../guest/packaging/executable.ts";
import { fetchPackage } from "../../../guest/packaging/npm-package.ts";
import { targetOf } from "../../../guest/packaging/targets.ts";
import type { StartedProcess } from "../host.ts";
import { waitFor } from "../wait.ts";
import { Wine } from "./wine.ts";

const BRIDGE = fileURLToPath(new URL("pipe-bridge.cjs", import.meta.url));
const START_LIMIT_MS = 30_000;

/** The broker connects to `socketPath` as to QEMU's; the agent opens `pipe` as if it were the port. */
export class FakePort {
  readonly pipe = "\\\\.\\pipe\\org.ballast.agent.0";
  readonly #wine: Wine;
  readonly #forBroker: Server;
  readonly #forGuest: Server;
  #broker: Socket | undefined;
  #guest: Socket | undefined;
  #bridge: StartedProcess | undefined;

  private constructor(wine: Wine) {
    this.#wine = wine;
    this.#forBroker = createServer((socket) => {
      this.#broker = socket;
      // As QEMU does, what is not read is dropped.
      relay(socket, () => this.#guest);
    });
    this.#forGuest = createServer((socket) => {
      this.#guest = socket;
      relay(socket, () => this.#broker);
    });
  }

  static async open(wine: Wine, socketPath: string): Promise<FakePort> {
    const port = new FakePort(wine);
    port.#forBroker.listen(socketPath);
    port.#forGuest.listen(0, "127.0.0.1");
    await Promise.all([once(port.#forBroker, "listening"), once(port.#forGuest, "listening")]);
    return port;
  }

  /** The port appears in the guest. */
  async plug(): Promise<void> {
    const { node, nodePath } = targetOf("win-x64");
    const program = join(await fetchPackage(node, cacheFolder()), nodePath);
    const { port } = this.#forGuest.address() as AddressInfo;
    const bridge = await this.#wine.start([program, Wine.path(BRIDGE), this.pipe, String(port)]);
    this.#bridge = bridge;
    await waitFor("the named pipe", () => bridge.output().includes("listening"), {
      timeoutMs: START_LIMIT_MS,
    });
  }

  /** The port disappears from the guest. */
  async unplug(): Promise<void> {
    await this.#bridge?.kill();
    this.#guest?.destroy();
  }

  async close(): Promise<void> {
    await this.unplug();
    this.#broker?.destroy();
    this.#forBroker.close();
    this.#forGuest.close();
  }
}

function relay(from: Socket, to: () => Socket | undefined): void {
  from.on("data", (bytes) => to()?.write(bytes));
  from.on("error", () => {});
}
