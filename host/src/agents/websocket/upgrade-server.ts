/** The HTTP server below the listener. It accepts only upgrades, bounded in size and time. */
import { createServer as createHttp, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type Socket, type Server as TcpServer } from "node:net";
import { LoopTurns } from "../../timing/loop-turns.ts";
import { HANDSHAKE_LIMIT_MS } from "./unauthenticated.ts";

/** Ballast's agent sends less than 1 KiB. */
const MOST_HEADER_BYTES = 4 * 1024;

/** Certificate chain and key, PEM. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
}

export interface ServerEvents {
  /** Accepted, before anything was read. */
  onConnection(socket: Socket): void;
  onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** A request that is not an upgrade. */
  onRequest(socket: Socket): void;
  onTlsError(socket: Socket): void;
  /** What it sent is no HTTP; such as TLS where there is none. */
  onNoHttp(socket: Socket): void;
}

export interface UpgradeServer {
  /** Not listening yet. */
  readonly server: TcpServer;
  /** Sets the certificate for new connections; does nothing without TLS. Throws the TLS library's error if it is bad. */
  setTls(tls: TlsMaterial): void;
}

/** Throws the TLS library's error if the certificate or key is bad. */
export function createUpgradeServer(tls: TlsMaterial | undefined, events: ServerEvents): UpgradeServer {
  const options = {
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: HANDSHAKE_LIMIT_MS,
    requestTimeout: HANDSHAKE_LIMIT_MS,
    keepAlive: false,
  };
  const secure =
    tls && createHttps({ ...options, ...tls, minVersion: "TLSv1.2", handshakeTimeout: HANDSHAKE_LIMIT_MS });
  const server = secure ?? createHttp(options);
  const onConnection = (socket: Socket) => events.onConnection(socket);
  server.on("upgrade", (request, socket, head) => events.onUpgrade(request, socket as Socket, head));
  server.on("request", ({ socket }, response) => {
    events.onRequest(socket);
    response.writeHead(426, { connection: "close", upgrade: "websocket" }).end();
  });
  server.on("tlsClientError", (_, socket) => events.onTlsError(socket));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // The HTTP parser's codes. Others are of connections that broke, or of TLS.
    if (error.code?.startsWith("HPE_") === true) events.onNoHttp(socket as Socket);
    socket.destroy();
  });
  if (secure === undefined) return { server: server.on("connection", onConnection), setTls: () => {} };
  const setTls = (material: TlsMaterial) => secure.setSecureContext({ ...material, minVersion: "TLSv1.2" });
  return { server: shakeInTurn(secure, onConnection), setTls };
}

/**
 * A TLS handshake takes about a millisecond of the processor, and many may come at once: each begins in a turn of the event loop of its
 * own, once the other end has spoken.
 */
function shakeInTurn(server: Server, onConnection: (socket: Socket) => void): TcpServer {
  const turns = new LoopTurns();
  return createTcp({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    onConnection(socket);
    socket.once("readable", async () => {
      if (await turns.take(socket)) server.emit("connection", socket);
    });
  });
}

/** Answers an upgrade with a status and closes. A peer that does not read the answer is cut. */
export function refuseUpgrade(socket: Socket, status: number): void {
  socket.on("error", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    () => socket.destroySoon(),
  );
}
