/** Connections from many addresses of this machine that take up a server's time, and come back whenever they are cut. */
import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectTls } from "node:tls";
import { agentRequest } from "../fakes/agent-request.ts";

const WRONG = agentRequest("w".repeat(43));
const HALF_HEADER = "GET / HTTP/1.1\r\nx: ";
/** Short, so that a place that falls free is taken at once. */
const AGAIN_MS = 5;
/** Between two bytes of a slow connection. */
const SLOW_MS = 500;

/** What the connections do. */
const MANNERS = {
  silent: (to) => connect(to),
  "plain text where TLS is spoken": (to) => saying(connect(to), "connect", WRONG),
  "a header that never ends, over TLS": (to) => dripping(saying(overTls(to), "secureConnect", HALF_HEADER)),
  "a wrong token, over TLS": (to) => saying(overTls(to), "secureConnect", WRONG),
  "reads of /metrics": (to) =>
    saying(connect(to), "connect", "GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"),
} as const satisfies Readonly<Record<string, (to: TcpNetConnectOpts) => Socket>>;

export type Manner = keyof typeof MANNERS;

export interface Crowd {
  readonly manner: Manner;
  readonly port: number;
  readonly addresses: number;
  readonly perAddress: number;
}

/** Goes on until `ended`. */
export function startCrowd({ manner, port, addresses, perAddress }: Crowd, ended: AbortSignal): void {
  for (let index = 0; index < addresses * perAddress; index++) {
    const localAddress = `127.0.1.${1 + (index % addresses)}`;
    comeBack(() => MANNERS[manner]({ port, host: "127.0.0.1", localAddress }), ended);
  }
}

function comeBack(dial: () => Socket, ended: AbortSignal): void {
  if (ended.aborted) return;
  const socket = dial();
  const end = () => socket.destroy();
  ended.addEventListener("abort", end, { once: true });
  socket.on("error", () => {});
  socket.once("close", () => {
    ended.removeEventListener("abort", end);
    setTimeout(() => comeBack(dial, ended), AGAIN_MS);
  });
}

function overTls(to: TcpNetConnectOpts): Socket {
  return connectTls({ ...to, rejectUnauthorized: false });
}

function saying(socket: Socket, event: "connect" | "secureConnect", words: string): Socket {
  return socket.once(event, () => socket.write(words)).resume();
}

function dripping(socket: Socket): Socket {
  const timer = setInterval(() => socket.write("x"), SLOW_MS);
  return socket.once("close", () => clearInterval(timer));
}
