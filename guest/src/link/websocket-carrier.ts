/** The connection below WebSocket: TCP, or TLS with a host that has proven who it is. */
import { readFileSync } from "node:fs";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import type { WebSocketTarget } from "./websocket-target.ts";

/** For name, network and TLS together. */
export const DIAL_LIMIT_MS = 10_000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "ws:": 80, "wss:": 443 };

/** The host showed another certificate than the one that is pinned. */
export class PinMismatchError extends Error {
  override readonly name = "PinMismatchError";
}

/** Resolves with an open connection on which nothing was sent yet; rejects with what went wrong, unexplained. */
export function openCarrier(target: WebSocketTarget): Promise<Socket> {
  const { protocol, hostname, port } = new URL(target.url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const address = { host, port: port === "" ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port) };
  if (protocol === "ws:") return whenOpen(connectTcp(address), "connect", () => undefined);
  const socket = connectTls({ ...address, ...tlsOptions(host, target) });
  return whenOpen(socket, "secureConnect", () => pinProblem(socket, target.fingerprint));
}

function tlsOptions(host: string, { caFile, fingerprint }: WebSocketTarget): ConnectionOptions {
  return {
    // An address has no server name (RFC 6066, 3); the certificate is held against it all the same.
    servername: isIP(host) === 0 ? host : "",
    minVersion: "TLSv1.2",
    // A pinned certificate needs no authority, so none is loaded; and it may have been issued for another name.
    ...(fingerprint !== undefined && { ca: [] }),
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    rejectUnauthorized: fingerprint === undefined || caFile !== undefined,
  };
}

function pinProblem(socket: TLSSocket, fingerprint: string | undefined): Error | undefined {
  if (fingerprint === undefined) return undefined;
  const shown = socket.getPeerCertificate().fingerprint256?.replaceAll(":", "").toLowerCase();
  return shown === fingerprint ? undefined : new PinMismatchError(`sha256:${shown}`);
}

function whenOpen<Carrier extends Socket>(
  socket: Carrier,
  event: "connect" | "secureConnect",
  findProblem: () => Error | undefined,
): Promise<Carrier> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error("no answer in time")), DIAL_LIMIT_MS);
    timer.unref();
    const failed = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once("error", failed);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off("error", failed);
      const problem = findProblem();
      if (problem === undefined) return resolve(socket);
      socket.once("error", failed);
      socket.destroy(problem);
    });
  });
}
