/**
 * Opens WebSocket connections with the library `ws`. Loads HTTP and TLS, which take megabytes of memory: only ever import this file
 * dynamically, where WebSocket is used.
 */
import { MAX_PAYLOAD_BYTES, SUBPROTOCOL } from "@ballast/proto";
import { WebSocket } from "ws";
import { AGENT_VERSION } from "../version.ts";
import { readToken } from "./token-file.ts";
import { DIAL_LIMIT_MS, openCarrier } from "./websocket-carrier.ts";
import type { Connection, ConnectionEvents } from "./websocket-channel.ts";
import { closeProblem, dialProblem, RefusedError, refusalProblem } from "./websocket-problems.ts";
import type { WebSocketTarget } from "./websocket-target.ts";

const CLOSE_LIMIT_MS = 1000;
/** Our peer sends each message in one piece. */
const MAX_FRAGMENTS = 16;

/** As `Dial` demands it. The token leaves this process only after the host has proven who it is. */
export async function dialWebSocket(target: WebSocketTarget, events: ConnectionEvents): Promise<Connection> {
  const { url, tokenFile } = target;
  const authorization = `Bearer ${readToken(tokenFile)}`;
  try {
    const carrier = await openCarrier(target);
    const socket = new WebSocket(url, [SUBPROTOCOL], {
      headers: { authorization, "user-agent": `ballast-agent/${AGENT_VERSION}` },
      createConnection: () => carrier,
      handshakeTimeout: DIAL_LIMIT_MS,
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD_BYTES,
      maxFragments: MAX_FRAGMENTS,
    });
    listen(socket, events, url);
    await upgraded(socket);
    return connectionOver(socket);
  } catch (cause) {
    throw new Error(dialProblem(url, cause), { cause });
  }
}

function upgraded(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
    socket.once("unexpected-response", (request, response) => {
      reject(new RefusedError(refusalProblem(response.statusCode)));
      request.destroy();
    });
  });
}

function listen(socket: WebSocket, events: ConnectionEvents, url: string): void {
  let error: Error | undefined;
  let isOpen = false;
  socket.on("open", () => {
    isOpen = true;
  });
  socket.on("message", (untrustedData, isBinary) => {
    if (isBinary && untrustedData instanceof Buffer) events.onMessage(untrustedData);
  });
  socket.on("ping", () => events.onPing());
  socket.on("error", (cause) => {
    error = cause;
  });
  socket.on("close", (code) => {
    if (isOpen) events.onEnd(closeProblem(url, code, error), code);
  });
}

function connectionOver(socket: WebSocket): Connection {
  return {
    get waitingBytes() {
      return socket.bufferedAmount;
    },
    send: (message) => socket.send(message, { binary: true }),
    close: () => {
      socket.close(1000);
      setTimeout(() => socket.terminate(), CLOSE_LIMIT_MS).unref();
    },
    destroy: () => socket.terminate(),
  };
}
