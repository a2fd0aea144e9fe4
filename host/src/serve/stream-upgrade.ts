/** Turns requests for `/v1/stream` into WebSockets. */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { ERRORS, type ErrorCode } from "../api/errors.ts";
import { OPERATIONS } from "../api/operations.ts";
import { STREAM_CLOSE } from "../model/stream.ts";
import type { StatusStream } from "./status-stream.ts";
import { StreamReader } from "./stream-reader.ts";

/** A reader has nothing to say: this is for what the protocol itself sends. */
const MOST_RECEIVED_BYTES = 1024;
/** A reader that does not take the reason of its end is cut after this. */
const CLOSE_TIMEOUT_MS = 10_000;

export interface StreamUpgrades {
  readonly stream: StatusStream;
  /** Why a request is refused; absent: it is not. */
  readonly refusalOf?: ((request: IncomingMessage) => string | undefined) | undefined;
  /** The connection carries the stream from now on. */
  readonly onStream: (socket: Socket) => void;
}

export function acceptStreams(server: Server, { stream, refusalOf, onStream }: StreamUpgrades): void {
  const sockets = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
    ...{ maxPayload: MOST_RECEIVED_BYTES, closeTimeout: CLOSE_TIMEOUT_MS },
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const refusal = isStream(request) ? refusalOf?.(request) : undefined;
    if (!isStream(request)) refuse(socket, "not-found", "nothing to upgrade here");
    else if (refusal !== undefined) refuse(socket, "forbidden", refusal);
    else {
      // One too many keeps its place among those that wait, whose number is bounded, until it took the reason.
      if (!stream.isFull) onStream(socket);
      sockets.handleUpgrade(request, socket, head, (webSocket) => follow(stream, webSocket, socket));
    }
  });
}

function isStream({ url }: IncomingMessage): boolean {
  return url?.split("?")[0] === OPERATIONS.stream.path;
}

/** A browser's script hears why it is refused only of a stream that was opened. */
function follow(stream: StatusStream, webSocket: WebSocket, carrier: Socket): void {
  const reader = new StreamReader(webSocket);
  carrier.on("data", (untrustedChunk: Buffer) => reader.heard(untrustedChunk.length, performance.now()));
  if (stream.isFull) {
    reader.end(STREAM_CLOSE.full, "too many followers already: close one of them");
    return;
  }
  webSocket.once("close", () => stream.close(reader));
  stream.open(reader);
}

function refuse(socket: Socket, code: ErrorCode, message: string): void {
  const [status] = ERRORS[code];
  const body = JSON.stringify({ error: { code, message } });
  const lines = [
    ...[`HTTP/1.1 ${status} ${code}`, "connection: close", "content-type: application/json"],
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.on("error", () => socket.destroy());
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`, () => socket.destroySoon());
}
