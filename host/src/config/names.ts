/** Which names a guest may have, and where a socket may be. */

import { normalize } from "node:path/posix";
import { harmlessText, isHarmless } from "../model/foreign-text.ts";
import { isGuestName } from "../model/inventory.ts";
import { accept, type Parsed, refuse } from "./parsed.ts";
import { shorten } from "./size.ts";

/** `sun_path` of unix(7) holds 108 bytes, the last of them a zero. */
const SOCKET_PATH_BYTES = 107;

export function parseGuestName(raw: string): Parsed<string> {
  if (isGuestName(raw)) return accept(raw);
  return refuse(
    `"${shorten(harmlessText(raw))}" is not a valid guest name`,
    'write 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit',
  );
}

export function parseAbsolutePath(raw: string): Parsed<string> {
  const shown = shorten(harmlessText(raw));
  if (!raw.startsWith("/"))
    return refuse(`"${shown}" is a relative path`, "write it from the root, beginning with /");
  if (!isHarmless(raw))
    return refuse(`"${shown}" has a character that cannot be seen`, "write the path without it");
  return accept(raw);
}

/** One place may be written in several ways: `//`, `/./`, `..`, and `/var/run`, which is `/run` on every system of today. */
export function samePlace(path: string): string {
  return normalize(path).replace(/^\/var\/run\//, "/run/");
}

export function parseSocketPath(raw: string): Parsed<string> {
  const path = parseAbsolutePath(raw);
  const lengthBytes = Buffer.byteLength(raw);
  if (!path.ok || lengthBytes <= SOCKET_PATH_BYTES) return path;
  return refuse(
    `the socket path is ${lengthBytes} bytes long`,
    `write at most ${SOCKET_PATH_BYTES} bytes, the kernel's limit (move the socket to a shorter folder)`,
  );
}
