/** Owns the host's end of an agent on a pseudo-terminal: the broker's own channel, joined to it as QEMU would. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createAgentChannel } from "../../../host/src/agents/virtio-channel.ts";
import type { AgentLink } from "../../../host/src/model/adapters.ts";
import type { GuestReport } from "../../../host/src/model/guest.ts";
import { DEFAULT_TUNING } from "../../../host/src/model/settings.ts";
import { Pty } from "./pty.ts";

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** As the broker does (host/src/daemon/adapters.ts). */
const HEARTBEAT_SHARE = 1 / 4;

export class ChannelEnd {
  readonly #pty: Pty;
  readonly #server: Server;
  readonly #channel: AgentLink;
  #broker: Socket | undefined;
  #lastReport: GuestReport | undefined;

  /** Opens a pseudo-terminal, and a broker's channel behind a socket in `folder`; refuses what the agent demands. */
  static async open(folder: string, name: string): Promise<ChannelEnd> {
    const path = join(folder, `${name}.sock`);
    const server = createServer();
    server.listen(path);
    await once(server, "listening");
    return new ChannelEnd(server, path, name);
  }

  private constructor(server: Server, path: string, name: string) {
    this.#pty = new Pty((bytes) => this.#broker?.write(bytes));
    this.#server = server.on("connection", (socket) => {
      this.#broker = socket;
      socket.on("error", () => socket.destroy());
      socket.on("data", (bytes) => this.#pty.write(bytes));
    });
    const { staleAfterMs } = DEFAULT_TUNING;
    const channel = createAgentChannel({
      path,
      guestName: name,
      clock: { nowMs: () => performance.now(), wallMs: () => Date.now() },
      log: QUIET,
      tuning: { heartbeatMs: Math.round(staleAfterMs * HEARTBEAT_SHARE) },
      staleAfterMs,
      listener: {
        fullBytes: () => undefined,
        uncountedBytes: () => 0,
        onSizeDoubted: () => {},
        onBoot: () => {},
        onReport: (report) => {
          this.#lastReport = report;
        },
        onDemand: ({ sequence }) =>
          channel.send({
            type: "demand-reply",
            demandSequence: sequence,
            answer: { outcome: "refused", grantedBytes: 0, targetBytes: 0, reason: "demand" },
          }),
        onSession: () => {},
      },
    });
    this.#channel = channel;
  }

  /** What the agent opens. */
  get devicePath(): string {
    return this.#pty.path;
  }

  get lastReport(): GuestReport | undefined {
    return this.#lastReport;
  }

  async close(): Promise<void> {
    await this.#channel.close();
    this.#broker?.destroy();
    this.#server.close();
    this.#pty.close();
  }
}
