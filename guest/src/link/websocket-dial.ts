/**
 * Opens WebSocket connections with the library `ws`. Loads HTTP and TLS, which take megabytes of memory: only ever import this file
 * dynamically, where WebSocket is used.
 */
import type { Socket } from "node:net";
import { MAX_PAYLOAD_BYTES, SUBPROTOCOL } from "@ballast/proto";
import { WebSocket } from "ws";
import { AGENT_VERSION } from "../version.ts";
import { type FindReaders, readToken } from "./token-file.ts";
import { openCarrier } from "./websocket-carrier.ts";
import type { Connection, ConnectionEvents } from "./websocket-channel.ts";
import {
  closeProblem,
  DialTimeoutError,
  dialProblem,
  RefusedError,
  refusalProblem,
} from "./websocket-problems.ts";
import type { WebSocketTarget } from "./websocket-target.ts";

/** For name, network, TLS and the answer to the upgrade together. */
const DIAL_LIMIT_MS = 10_000;
const CLOSE_LIMIT_MS = 1000;
/** RFC 6455, 7.4.1: unsupported data. */
const UNSUPPORTED_DATA = 1003;
/** Our peer sends each message in one piece. */
const MAX_FRAGMENTS = 16;
/** Reads of one frame. A broker's frames come in one or two. The library's work on a frame grows with the square of them. */
const MAX_CHUNKS = 128;

/** Implements `Dial`. The token leaves this process only after the host has proven its identity. */
export async function dialWebSocket(
  target: WebSocketTarget,
  events: ConnectionEvents,
  cancelled: AbortSignal,
  findReaders?: FindReaders,
): Promise<Connection> {
  const authorization = `Bearer ${readToken(target.tokenFile, findReaders)}`;
  const attempt = new AbortController();
  const cancel = () => attempt.abort(new Error("the attempt was given up"));
  const timer = setTimeout(() => attempt.abort(new DialTimeoutError(DIAL_LIMIT_MS)), DIAL_LIMIT_MS);
  cancelled.addEventListener("abort", cancel);
  if (cancelled.aborted) cancel();
  let carrier: Socket | undefined;
  try {
    carrier = await openCarrier(target, attempt.signal);
    const socket = openWebSocket(target.url, authorization, carrier);
    listen(socket, carrier, events, target.url);
    await upgraded(socket, attempt.signal);
    return connectionOver(socket);
  } catch (cause) {
    carrier?.destroy();
    throw new Error(dialProblem(target.url, cause, carrier !== undefined), { cause });
  } finally {
    clearTimeout(timer);
    cancelled.removeEventListener("abort", cancel);
  }
}

function openWebSocket(url: string, authorization: string, carrier: Socket): WebSocket {
  return new WebSocket(url, [SUBPROTOCOL], {
    headers: { authorization, "user-agent": `ballast-agent/${AGENT_VERSION}` },
    createConnection: () => carrier,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: MAX_CHUNKS,
    // Pongs to a host that does not read them would pile up here: see `answer`.
    autoPong: false,
  });
}

function upgraded(socket: WebSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      reject(signal.reason);
      socket.terminate();
    };
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    socket.once("open", () => {
      signal.removeEventListener("abort", end);
      resolve();
    });
    socket.once("error", reject);
    socket.once("unexpected-response", (request, response) => {
      reject(new RefusedError(refusalProblem(response.statusCode)));
      request.destroy();
    });
  });
}

function listen(socket: WebSocket, carrier: Socket, events: ConnectionEvents, url: string): void {
  let error: Error | undefined;
  let isOpen = false;
  socket.on("open", () => {
    isOpen = true;
    carrier.on("data", () => events.onChunk());
  });
  socket.on("message", (untrustedData, isBinary) => {
    if (isBinary && untrustedData instanceof Buffer) events.onMessage(untrustedData);
    else events.onText();
  });
  socket.on("ping", (untrustedData) => {
    answer(socket, untrustedData);
    events.onControl();
  });
  socket.on("pong", () => events.onControl());
  socket.on("error", (cause) => {
    error = cause;
  });
  socket.on("close", (code) => {
    if (isOpen) events.onEnd(closeProblem(url, code, error), code);
  });
}

/** RFC 6455, 5.5.3: of pings that came in the meantime only the newest need be answered. So none is, while an answer waits. */
function answer(socket: WebSocket, untrustedData: Buffer): void {
  if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount === 0) socket.pong(untrustedData);
}

function connectionOver(socket: WebSocket): Connection {
  const close = (code: number) => {
    socket.close(code);
    setTimeout(() => socket.terminate(), CLOSE_LIMIT_MS).unref();
  };
  return {
    get waitingBytes() {
      return socket.bufferedAmount;
    },
    send: (message) => socket.send(message, { binary: true }),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => close(1000),
    refuse: () => {
      close(UNSUPPORTED_DATA);
      // Nothing more from this host is read, not even its answer.
      socket.pause();
    },
    destroy: () => socket.terminate(),
  };
}
