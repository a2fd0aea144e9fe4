/** Offers reads of the control API, and metrics, over HTTP on an address of this machine. */
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Log } from "../model/adapters.ts";
import type { BrokerControl } from "../model/status.ts";
import { EventFeeds } from "./event-feed.ts";
import { readOnlyGuard } from "./read-only.ts";
import { createApi, type MetricsSource } from "./routes.ts";

/** Bounds on what a client may cost. The header limit holds for the URL too. */
const LONGEST_HEADER_BYTES = 8192;
const MOST_CONNECTIONS = 64;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
const TIMEOUT_CHECK_MS = 1000;

export interface HttpServerOptions {
  /** Where to listen. */
  readonly host: string;
  readonly port: number;
  readonly view: BrokerControl;
  readonly metrics: MetricsSource;
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
  const { host, port, view, metrics, log } = options;
  const feeds = new EventFeeds(view);
  const api = createApi(view, feeds, log, { metrics, guard: readOnlyGuard() });
  const server = createServer(
    {
      maxHeaderSize: LONGEST_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    getRequestListener(api.fetch, { overrideGlobalObjects: false }),
  );
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, host, port);
  server.on("error", (error) => log.error({ err: error }, "the HTTP server failed"));
  return {
    close: () => {
      feeds.endAll();
      return closeAll(server);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(new HttpAddressError(host, port, cause)));
    server.listen(port, host, () => {
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
