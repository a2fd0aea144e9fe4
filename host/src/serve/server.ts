/** Offers the control API over HTTP on a unix socket, and takes it back cleanly. */
import type { Server } from "node:http";
import type { Log } from "../model/adapters.ts";
import type { HistoryReader } from "../model/history.ts";
import type { BrokerControl } from "../model/status.ts";
import { BACKLOG, createApiServer } from "./api-server.ts";
import type { MetricsSource } from "./routes.ts";
import { claimSocketPath, listenOn } from "./socket-file.ts";

/** Answers under way get this long to finish on close. */
const CLOSE_GRACE_MS = 500;

export interface ControlServer {
  readonly socketPath: string;
  /** Ends streams and connections and removes the socket's file; may be called twice. */
  close(): Promise<void>;
}

export interface ControlServerOptions {
  readonly socketPath: string;
  readonly view: BrokerControl;
  /** Absent: there is no `/metrics`. */
  readonly metrics?: MetricsSource;
  /** Absent: no history is kept. */
  readonly history?: HistoryReader | undefined;
  readonly log: Log;
}

/** @throws {ControlSocketError} when another broker answers on the path, or it cannot be bound. */
export async function startControlServer({
  socketPath,
  view,
  metrics,
  history,
  log,
}: ControlServerOptions): Promise<ControlServer> {
  const { server, endStreams } = createApiServer(view, log, {
    ...(metrics !== undefined && { metrics }),
    ...(history !== undefined && { history }),
  });
  const lock = await claimSocketPath(socketPath);
  await listenOn(server, socketPath, BACKLOG).catch(async (error: unknown) => {
    await lock.release();
    throw error;
  });
  server.on("error", (error) => log.error({ err: error }, "the control socket failed"));
  let closing: Promise<void> | undefined;
  const close = () => {
    endStreams();
    closing ??= closeServer(server).then(() => lock.release());
    return closing;
  };
  return { socketPath, close };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
