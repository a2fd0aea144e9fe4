/** Offers reads of the control API, metrics and the dashboard over HTTP on an address of this machine. */
import type { Server } from "node:http";
import type { Log } from "../model/adapters.ts";
import type { HistoryReader } from "../model/history.ts";
import type { BrokerControl } from "../model/status.ts";
import { BACKLOG, createApiServer } from "./api-server.ts";
import { httpGuard, type ReadTokens, refusalOf } from "./http-guard.ts";
import type { PageFiles } from "./page.ts";
import type { MetricsSource } from "./routes.ts";

export interface HttpServerOptions {
  /** Where to listen. */
  readonly host: string;
  readonly port: number;
  readonly view: BrokerControl;
  readonly metrics: MetricsSource;
  /** The dashboard; absent: there is none. */
  readonly page?: PageFiles | undefined;
  /** Absent: no history is kept. */
  readonly history?: HistoryReader | undefined;
  /** Absent: nothing can be changed here. */
  readonly readTokens?: ReadTokens | undefined;
  readonly log: Log;
}

export interface HttpServer {
  /** Ends streams and connections; may be called twice. */
  close(): Promise<void>;
}

/** The address cannot be listened on, with what to do in words for the admin. */
export class HttpAddressError extends Error {
  readonly code = "HTTP_ADDRESS";

  constructor(host: string, port: number, cause: unknown) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "another program listens there" : String(cause);
    super(`control.http: cannot listen on ${host}:${port}: ${why}; free the port or write another`, {
      cause,
    });
    this.name = "HttpAddressError";
  }
}

/** @throws {HttpAddressError} */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, view, metrics, page, history, readTokens, log } = options;
  const kept = history !== undefined && { history };
  const { server, endStreams } = createApiServer(view, log, {
    ...{ metrics, page, ...kept, guard: httpGuard({ readTokens, log }) },
    refusalOf: ({ headers }) => refusalOf(headers.host, headers.origin),
  });
  await listen(server, host, port);
  server.on("error", (error) => log.error({ err: error }, "the HTTP server failed"));
  return {
    close: () => {
      endStreams();
      return closeAll(server);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(new HttpAddressError(host, port, cause)));
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function closeAll(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
