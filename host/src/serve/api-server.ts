/** An HTTP server that answers with the control API, bounded in what a client may cost; its two users only listen, each in its own place. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import type { Log } from "../model/adapters.ts";
import type { BrokerControl } from "../model/status.ts";
import { STREAM_CLOSE } from "../model/stream.ts";
import { LoopTurns } from "../timing/loop-turns.ts";
import type { Api } from "./api.ts";
import { ConnectionPlaces, type PlaceBounds } from "./connection-places.ts";
import { EventFeeds } from "./event-feed.ts";
import { type ApiParts, createApi } from "./routes.ts";
import { StatusStream } from "./status-stream.ts";
import { acceptStreams } from "./stream-upgrade.ts";

/** The limit holds for the URL too. */
const LONGEST_HEADER_BYTES = 8192;
/** How long a request may take from its first byte on, however its bytes are spread. */
export interface RequestTimes {
  readonly headersMs: number;
  /** Headers and body. */
  readonly requestMs: number;
  /** How often both are looked at; Node's own 30 s would make them 35. */
  readonly checkMs: number;
}
const TIMES: RequestTimes = { headersMs: 5000, requestMs: 10_000, checkMs: 1000 };
/** Connections that the kernel queues while the broker is busy; beyond it (or beyond net.core.somaxconn) clients get EAGAIN. */
export const BACKLOG = 512;
/**
 * As many wait as the kernel queues: all that it hands over at once have a place until their requests are read. An answer is a
 * megabyte at most (1,000 guests), and is taken within milliseconds by a client that reads.
 */
export const PLACES: PlaceBounds = { waiting: BACKLOG, answering: 64 };

/** Not listening yet. */
export interface ApiServer {
  readonly server: Server;
  /** Ends the streams, which would keep it from closing. */
  endStreams(): void;
}

export interface ApiServerParts extends ApiParts {
  /** Why an upgrade is refused; absent: none is. */
  readonly refusalOf?: (request: IncomingMessage) => string | undefined;
  readonly times?: RequestTimes;
}

export function createApiServer(
  view: BrokerControl,
  log: Log,
  { refusalOf, times = TIMES, ...parts }: ApiServerParts = {},
): ApiServer {
  const feeds = new EventFeeds(view);
  const stream = new StatusStream({ view, log });
  const places = new ConnectionPlaces<Socket>(PLACES);
  const onStream = (socket: Socket) => places.leave(socket);
  const api = createApi(view, feeds, log, { ...parts, onStream });
  const server = createServer(
    {
      maxHeaderSize: LONGEST_HEADER_BYTES,
      headersTimeout: times.headersMs,
      requestTimeout: times.requestMs,
      connectionsCheckingInterval: times.checkMs,
    },
    getRequestListener(answerInTurn(api, places), { overrideGlobalObjects: false }),
  );
  keepPlaces(server, places);
  acceptStreams(server, { stream, refusalOf, onStream });
  return {
    server,
    endStreams: () => {
      feeds.endAll();
      stream.endAll(STREAM_CLOSE.stopping, "the broker stops");
    },
  };
}

/** A request that waits for its turn keeps its place among those that wait, and so does one whose body is not there yet. */
function answerInTurn(api: Api, places: ConnectionPlaces<Socket>) {
  const turns = new LoopTurns();
  return async (request: Request, env: object): Promise<Response> => {
    const { incoming, outgoing } = env as HttpBindings;
    if (!(await turns.take(incoming.socket))) return new Response();
    if (incoming.complete) places.answer(incoming.socket);
    else
      incoming.once("end", () => {
        if (!outgoing.writableFinished) places.answer(incoming.socket);
      });
    return api.fetch(request, env);
  };
}

/** Follows each connection from its opening through its requests to its end. */
function keepPlaces(server: Server, places: ConnectionPlaces<Socket>): void {
  server.on("connection", (socket: Socket) => {
    places.wait(socket);
    socket.once("close", () => places.leave(socket));
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    response.once("finish", () => {
      if (!socket.destroyed) places.wait(socket);
    });
  });
}
