/** The broker's end of an agent's channel, played by a test: a unix socket that a script answers from. */
import { createServer, type Server, type Socket } from "node:net";
import {
  decodeEnvelope,
  type Envelope,
  encodeEnvelope,
  encodeFrame,
  FrameReader,
  type Message,
  type UnknownMessage,
} from "@ballast/proto";

export type Heard = Envelope<Message | UnknownMessage>;

/** Listens on `path`; keeps everything it hears, in order. */
export class ScriptedHost {
  readonly path: string;
  readonly heard: Heard[] = [];
  /** Called for every envelope: the script. */
  onEnvelope: (envelope: Heard) => void = () => {};
  #server: Server | undefined;
  #socket: Socket | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async listen(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.path, resolve));
  }

  /** Cuts the connection and stops listening, as a host that is gone. */
  async close(): Promise<void> {
    this.#socket?.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  send(message: Message, session?: string): void {
    this.sendBytes(encodeFrame(encodeEnvelope({ session, sequence: 1, message })));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }

  /** What was heard of one type. */
  of<Type extends Message["type"]>(type: Type): Extract<Message, { type: Type }>[] {
    return this.heard.flatMap(({ message }) => (isType(message, type) ? [message] : []));
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      for (const event of reader.push(chunk)) {
        const decoded = event.type === "frame" ? decodeEnvelope(event.payload) : undefined;
        if (!decoded?.ok) continue;
        this.heard.push(decoded.envelope);
        this.onEnvelope(decoded.envelope);
      }
    });
  }
}

/** A script that welcomes every Hello into `session`. */
export function welcomeInto(host: ScriptedHost, session: string): (envelope: Heard) => void {
  return ({ message }) => {
    if (message.type === "hello") host.send({ type: "welcome", version: 1, session, nonce: message.nonce });
  };
}

function isType<Type extends Message["type"]>(
  message: Message | UnknownMessage,
  type: Type,
): message is Extract<Message, { type: Type }> {
  return message.type === type;
}
