/** The broker's end of an agent's channel, played by a test: a script answers what is heard, whatever carries it. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import {
  decodeEnvelope,
  type Envelope,
  encodeEnvelope,
  encodeFrame,
  FrameReader,
  type Message,
  SUBPROTOCOL,
  type UnknownMessage,
} from "@ballast/proto";
import { type WebSocket, WebSocketServer } from "ws";

export type Heard = Envelope<Message | UnknownMessage>;

/** Keeps everything it hears, in order. */
export abstract class ScriptedHost {
  readonly heard: Heard[] = [];
  /** Called for every envelope: the script. */
  onEnvelope: (envelope: Heard) => void = () => {};

  abstract listen(): Promise<void>;
  /** Cuts the connection and stops listening, as a host that is gone. */
  abstract close(): Promise<void>;
  protected abstract transmit(envelope: Uint8Array): void;

  send(message: Message, session?: string): void {
    this.transmit(encodeEnvelope({ session, sequence: 1, message }));
  }

  /** What was heard of one type. */
  of<Type extends Message["type"]>(type: Type): Extract<Message, { type: Type }>[] {
    return this.heard.flatMap(({ message }) => (isType(message, type) ? [message] : []));
  }

  protected hear(envelope: Uint8Array): void {
    const decoded = decodeEnvelope(envelope);
    if (!decoded.ok) return;
    this.heard.push(decoded.envelope);
    this.onEnvelope(decoded.envelope);
  }
}

/** Frames on a unix socket at `path`, as over a virtio-serial port. */
export class ScriptedSocketHost extends ScriptedHost {
  readonly path: string;
  #server: Server | undefined;
  #socket: Socket | undefined;

  constructor(path: string) {
    super();
    this.path = path;
  }

  override async listen(): Promise<void> {
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.listen(this.path);
    await once(this.#server, "listening");
  }

  override async close(): Promise<void> {
    this.#socket?.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }

  /** What the agent has not taken yet. */
  get unreadBytes(): number {
    return this.#socket?.writableLength ?? 0;
  }

  protected override transmit(envelope: Uint8Array): void {
    this.sendBytes(encodeFrame(envelope));
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      for (const event of reader.push(chunk)) if (event.type === "frame") this.hear(event.payload);
    });
  }
}

/** One binary message an envelope, on a port of the loopback. */
export class ScriptedWebSocketHost extends ScriptedHost {
  /** With which the agent closed its connections. */
  readonly closeCodes: number[] = [];
  readonly #port: number;
  #server: WebSocketServer | undefined;
  #socket: WebSocket | undefined;

  constructor(port: number) {
    super();
    this.#port = port;
  }

  override async listen(): Promise<void> {
    const handleProtocols = () => SUBPROTOCOL;
    this.#server = new WebSocketServer({ host: "127.0.0.1", port: this.#port, handleProtocols });
    this.#server.on("connection", (socket) => {
      this.#socket = socket;
      socket.on("close", (code) => this.closeCodes.push(code));
      socket.on("message", (data) => {
        if (data instanceof Buffer) this.hear(data);
      });
    });
    await once(this.#server, "listening");
  }

  override async close(): Promise<void> {
    this.#socket?.terminate();
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  sendText(text: string): void {
    this.#socket?.send(text);
  }

  protected override transmit(envelope: Uint8Array): void {
    this.#socket?.send(envelope);
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
