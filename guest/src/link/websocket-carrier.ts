/** The connection below WebSocket: TCP, or TLS with a host that has proven its identity. */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { readSmallFile } from "./small-file.ts";
import type { WebSocketTarget } from "./websocket-target.ts";

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "ws:": 80, "wss:": 443 };
/** All authorities that a Linux system trusts take 220 KiB. */
const LARGEST_CA_BYTES = 4 * 1024 * 1024;

/** The host showed another certificate than the one that is pinned. */
export class PinMismatchError extends Error {
  override readonly name = "PinMismatchError";
}

/** The authority's file cannot be used. */
export class CaFileError extends Error {
  override readonly name = "CaFileError";
}

/**
 * Resolves with an open connection on which nothing was sent yet; rejects with what went wrong, unexplained. `signal` ends the attempt,
 * which then rejects with its reason.
 */
export async function openCarrier(target: WebSocketTarget, signal: AbortSignal): Promise<Socket> {
  const { protocol, hostname, port } = new URL(target.url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const address = { host, port: port === "" ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port) };
  if (protocol === "ws:") return whenOpen(connectTcp(address), "connect", signal, () => undefined);
  const socket = connectTls({ ...address, ...tlsOptions(host, target) });
  return whenOpen(socket, "secureConnect", signal, () => pinProblem(socket, target.fingerprint));
}

function tlsOptions(host: string, { caFile, fingerprint }: WebSocketTarget): ConnectionOptions {
  return {
    // An address has no server name (RFC 6066, 3); the certificate is held against it all the same.
    servername: isIP(host) === 0 ? host : "",
    minVersion: "TLSv1.2",
    // A pinned certificate needs no authority, so none is loaded; and it may have been issued for another name.
    ...(fingerprint !== undefined && { ca: [] }),
    ...(caFile !== undefined && { ca: readCa(caFile) }),
    rejectUnauthorized: fingerprint === undefined || caFile !== undefined,
  };
}

function readCa(caFile: string): Buffer {
  try {
    return readSmallFile(caFile, LARGEST_CA_BYTES).bytes;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CaFileError(
      `the authority's file ${caFile} ${why}: --ca names a file with certificates in PEM`,
      {
        cause,
      },
    );
  }
}

function pinProblem(socket: TLSSocket, fingerprint: string | undefined): Error | undefined {
  if (fingerprint === undefined) return undefined;
  const shown = socket.getPeerCertificate().fingerprint256?.replaceAll(":", "").toLowerCase();
  return shown === fingerprint ? undefined : new PinMismatchError(`sha256:${shown}`);
}

function whenOpen<Carrier extends Socket>(
  socket: Carrier,
  event: "connect" | "secureConnect",
  signal: AbortSignal,
  findProblem: () => Error | undefined,
): Promise<Carrier> {
  return new Promise((resolve, reject) => {
    const end = () => socket.destroy(signal.reason);
    const settle = () => signal.removeEventListener("abort", end);
    const failed = (error: Error) => {
      settle();
      reject(error);
    };
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    socket.once("error", failed);
    socket.once(event, () => {
      const problem = findProblem();
      if (problem !== undefined) {
        socket.destroy(problem);
        return;
      }
      socket.off("error", failed);
      settle();
      resolve(socket);
    });
  });
}
