/** Listens for agents over WebSocket. It admits a connection with a valid token, as the guest that the token is for. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { MAX_PAYLOAD_BYTES, SUBPROTOCOL } from "@ballast/proto";
import { WebSocketServer } from "ws";
import type { AgentListener, Clock } from "../../model/adapters.ts";
import type { AgentToken } from "../../model/agents.ts";
import { bearerToken } from "../../secrets/bearer-token.ts";
import { systemTimers, type Timers } from "../../timing/timers.ts";
import { TokenBucket } from "../../timing/token-bucket.ts";
import type { ChannelSettings } from "../agent-channel.ts";
import { ADMISSION_BOUNDS, type AdmissionBounds } from "./admission-limits.ts";
import { AgentConnection } from "./agent-connection.ts";
import { GuestChannel } from "./guest-channel.ts";
import { explainListenError } from "./listen-error.ts";
import { REFUSALS, Refusals, tooOften, unmanaged } from "./rejection-log.ts";
import { TokenVerifier } from "./token-verifier.ts";
import { addressOf, Unauthenticated } from "./unauthenticated.ts";
import {
  createUpgradeServer,
  refuseUpgrade,
  type TlsMaterial,
  type UpgradeServer,
} from "./upgrade-server.ts";

/** Fragments of one message: Ballast's agent sends each message in one piece. */
const MAX_FRAGMENTS = 64;
/** Reads of one frame. The largest comes in some fifty packets. The library's work on a frame grows with the square of them. */
const MAX_CHUNKS = 1024;
/** The rate of connections with one token: a burst, then one in two seconds. */
const PER_TOKEN_PER_SECOND = 0.5;
const PER_TOKEN_BURST = 10;

type Judgement =
  | { readonly ok: true; readonly token: AgentToken; readonly channel: GuestChannel }
  | { readonly ok: false; readonly status: number; readonly why: string };

export interface ListenerOptions extends ChannelSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsMaterial | undefined;
  readonly clock: Clock;
  /** Logs connections that were rejected before their guest was known. */
  readonly onRefused: (text: string) => void;
  readonly limits?: AdmissionBounds;
  readonly timers?: Pick<Timers, "after">;
}

/** Resolves when it listens. Rejects with a message that says what to do. */
export async function listenForAgents(options: ListenerOptions): Promise<AgentServer> {
  const gate = new AgentServer(options);
  await gate.listen();
  return gate;
}

export class AgentServer {
  readonly #options: ListenerOptions;
  readonly #timers: Pick<Timers, "after">;
  readonly #refusals = new Refusals();
  readonly #unauthenticated: Unauthenticated;
  readonly #http: UpgradeServer;
  readonly #upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: MAX_CHUNKS,
    handleProtocols: () => SUBPROTOCOL,
  });
  readonly #channels = new Map<string, GuestChannel>();
  /** By the token's hash. */
  readonly #rates = new Map<string, TokenBucket>();
  #book = new TokenVerifier([]);

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers();
    this.#unauthenticated = new Unauthenticated({
      clock: options.clock,
      timers: this.#timers,
      limits: options.limits ?? ADMISSION_BOUNDS,
      onRefused: (why, address) => this.#tell(why, address),
    });
    this.#http = createUpgradeServer(options.tls, {
      onConnection: (socket) => this.#unauthenticated.admit(socket),
      onUpgrade: (request, socket, head) => this.#onUpgrade(request, socket, head),
      onRequest: (socket) => this.#tell(REFUSALS.noUpgrade, addressOf(socket)),
      onTlsError: (socket) => this.#tell(REFUSALS.tls, addressOf(socket)),
      onNoHttp: (socket) => this.#tell(REFUSALS.noHttp, addressOf(socket)),
    });
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#http.server.address() as AddressInfo | null)?.port ?? this.#options.port;
  }

  listen(): Promise<void> {
    const { server } = this.#http;
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(explainListenError(error, host, port));
      server.once("error", failed);
      server.listen({ host, port }, () => {
        server.off("error", failed);
        server.on("error", (error) =>
          this.#options.onRefused(`connections cannot be taken: ${error.message}`),
        );
        resolve();
      });
    });
  }

  /** Opens the channel of one guest. `mayOpen` tells whether it may have a session now. */
  channel(guestName: string, listener: AgentListener, mayOpen: () => boolean): GuestChannel {
    const { clock, tuning, staleAfterMs } = this.#options;
    const channel: GuestChannel = new GuestChannel({
      guestName,
      clock,
      tuning,
      staleAfterMs,
      listener,
      mayOpen,
      timers: this.#timers,
      newSessionId: () => randomBytes(8).toString("hex"),
      onClose: () => {
        if (this.#channels.get(guestName) === channel) this.#channels.delete(guestName);
      },
    });
    this.#channels.set(guestName, channel);
    return channel;
  }

  /** From now on only these tokens are valid. Connections with other tokens are closed. */
  setTokens(tokens: readonly AgentToken[]): void {
    this.#book = new TokenVerifier(tokens);
    this.#rates.clear();
    for (const channel of this.#channels.values()) channel.enforce(this.#book);
  }

  /** Sets the certificate for new connections. Throws the TLS library's error if it is bad. */
  setTls(tls: TlsMaterial): void {
    this.#http.setTls(tls);
  }

  /** Accepts no more connections. Connections of guests are closed with their channels. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.server.close(() => resolve()));
    this.#unauthenticated.close();
    await closed;
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const address = addressOf(socket);
    const judgement = this.#judge(request);
    if (!judgement.ok) {
      refuseUpgrade(socket, judgement.status);
      this.#tell(judgement.why, address);
      return;
    }
    const { channel, token } = judgement;
    this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => {
      this.#unauthenticated.authenticated(socket);
      const { clock } = this.#options;
      const timers = this.#timers;
      channel.accept(
        new AgentConnection({ socket: webSocket, carrier: socket, address, token, clock, timers }),
      );
    });
  }

  /** Whether a request may become a connection, and of which guest. The guest follows from the token alone. */
  #judge({ headers }: IncomingMessage): Judgement {
    const offered = headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
    if (offered?.includes(SUBPROTOCOL) !== true) return refuse(400, REFUSALS.noProtocol);
    const untrustedToken = bearerToken(headers.authorization);
    if (untrustedToken === undefined) return refuse(401, REFUSALS.noToken);
    const token = this.#book.find(untrustedToken);
    if (token === undefined) return refuse(401, REFUSALS.wrongToken);
    const channel = this.#channels.get(token.guest);
    if (channel === undefined) return refuse(403, unmanaged(token.guest));
    const isTooOften = !this.#rateOf(token).take(this.#options.clock.nowMs());
    return isTooOften ? refuse(429, tooOften(token.guest)) : { ok: true, token, channel };
  }

  #rateOf({ sha256 }: AgentToken): TokenBucket {
    const known = this.#rates.get(sha256);
    if (known !== undefined) return known;
    const rate = new TokenBucket(PER_TOKEN_PER_SECOND, PER_TOKEN_BURST);
    this.#rates.set(sha256, rate);
    return rate;
  }

  #tell(why: string, address: string): void {
    const line = this.#refusals.line(why, address, this.#options.clock.nowMs());
    if (line !== undefined) this.#options.onRefused(line);
  }
}

function refuse(status: number, why: string): Judgement {
  return { ok: false, status, why };
}
