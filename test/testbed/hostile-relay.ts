/** Owns the way of an attack into a real guest and out again: what it sends crosses the guest's own ports. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { decodeEnvelope, encodeEnvelope, encodeFrame, FrameReader, type Message } from "@ballast/proto";
import type { TestGuest } from "./guest.ts";
import type { HostilePort } from "./hostile-guest.ts";

/** Where an attack ends: at the broker, or at a program in the guest that throws all away, for comparison. */
export type AttackEnd = "broker" | "nowhere";

const PORT_NAMES: Readonly<Record<AttackEnd, string>> = {
  broker: "org.ballast.attack.0",
  nowhere: "org.ballast.attack.1",
};
/** A port is read anew when its other end was away. */
const AGAIN_S = 0.1;

/** QEMU's arguments for the ports that attacks come in by; `path` is the host's end of each. */
export function attackPorts(path: (end: AttackEnd) => string): string[] {
  return (Object.keys(PORT_NAMES) as AttackEnd[]).flatMap((end) => [
    ...["-chardev", `socket,id=attack-${end},path=${path(end)},server=on,wait=off`],
    ...["-device", `virtserialport,chardev=attack-${end},name=${PORT_NAMES[end]}`],
  ]);
}

/** Starts what passes bytes on in the guest, both ways between an attack's port and the agent's. */
export async function startRelay(guest: TestGuest): Promise<void> {
  const port = (name: string) =>
    `/dev/$(basename $(dirname $(grep -lx ${name} /sys/class/virtio-ports/*/name)))`;
  const pass = (from: number, to: number) => `while :; do cat <&${from} >&${to}; sleep ${AGAIN_S}; done`;
  const both = `exec 3<>${port("org.ballast.agent.0")} 4<>${port(PORT_NAMES.broker)}; (${pass(3, 4)}) & ${pass(4, 3)}`;
  const drain = `while :; do cat ${port(PORT_NAMES.nowhere)} >/dev/null; sleep ${AGAIN_S}; done`;
  for (const work of [both, drain]) await guest.run(`(${work}) >/dev/null 2>&1 &`);
}

/** The guest's end of the agent's port, as the attack has it. */
export class RelayedPort implements HostilePort {
  session: string | undefined;
  readonly #socket: Socket;
  #sequence = 0;
  #nonce = 0;

  /** Connects to the host's end of an attack's port. */
  static async open(path: string): Promise<RelayedPort> {
    const socket = connect(path);
    await once(socket, "connect");
    return new RelayedPort(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.on("error", () => socket.destroy());
    socket.on("data", (untrusted) => {
      for (const event of reader.push(untrusted)) if (event.type === "frame") this.#hear(event.payload);
    });
  }

  /** Bytes that the guest has not taken: its ports are full. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  say(message: Message): void {
    const session = this.session;
    const envelope = encodeEnvelope({
      sequence: ++this.#sequence,
      message,
      ...(session !== undefined && { session }),
    });
    this.write(encodeFrame(envelope));
  }

  hello(): void {
    this.#sequence = 0;
    this.session = undefined;
    const nonce = (++this.#nonce).toString(16).padStart(16, "0");
    const known = { minVersion: 1, maxVersion: 1, capabilities: [], bootId: "boot-1", agentVersion: "0.1.0" };
    this.say({ type: "hello", nonce, ...known });
  }

  close(): void {
    this.#socket.destroy();
  }

  #hear(payload: Uint8Array): void {
    const decoded = decodeEnvelope(payload);
    if (decoded.ok && decoded.envelope.message.type === "welcome")
      this.session = decoded.envelope.message.session;
  }
}
