/** Where to listen: an address of this machine and a port. */
import { isIP } from "node:net";
import { harmlessText } from "../model/foreign-text.ts";
import { accept, type Parsed, refuse } from "./parsed.ts";
import { shorten } from "./size.ts";

export interface ListenAddress {
  /** An IP address, or `localhost`. */
  readonly host: string;
  readonly port: number;
}

const ADVICE = 'write an address and a port, such as "0.0.0.0:7781", "127.0.0.1:7781" or "[::]:7781"';
const LARGEST_PORT = 65_535;

export function parseListenAddress(raw: string): Parsed<ListenAddress> {
  const shown = shorten(harmlessText(raw));
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(raw) ?? [];
  const host = bracketed ?? plain ?? "";
  const isSound = bracketed === undefined ? isIP(host) === 4 || host === "localhost" : isIP(host) === 6;
  if (!isSound) return refuse(`"${shown}" is not an address to listen on`, ADVICE);
  const port = Number(digits);
  if (port < 1 || port > LARGEST_PORT)
    return refuse(`"${shown}" has no port from 1 to ${LARGEST_PORT}`, ADVICE);
  return accept({ host, port });
}

/** Whether only this machine can reach it. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}
