/** Connections from many addresses that say nothing and come back whenever they are cut. */
import { connect } from "node:net";
import { onTestFinished } from "vitest";

export interface SilentConnections {
  readonly port: number;
  readonly addresses: number;
  readonly perAddress: number;
}

/** Goes on until the test has ended. */
export function keepSilentConnections({ port, addresses, perAddress }: SilentConnections): void {
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  for (let index = 0; index < addresses * perAddress; index++)
    staySilent(port, `127.0.1.${1 + (index % addresses)}`, ended.signal);
}

/** Short, so that a place that falls free is taken at once. */
const AGAIN_MS = 5;

function staySilent(port: number, localAddress: string, ended: AbortSignal): void {
  if (ended.aborted) return;
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  const end = () => socket.destroy();
  ended.addEventListener("abort", end, { once: true });
  socket.on("error", () => {});
  socket.once("close", () => {
    ended.removeEventListener("abort", end);
    setTimeout(() => staySilent(port, localAddress, ended), AGAIN_MS);
  });
}
