/** What a guest may be called and where a socket may lie. */
import { accept, type Parsed, refuse } from "./parsed.ts";
import { printable } from "./printable.ts";
import { shorten } from "./size.ts";

const GUEST_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** `sun_path` of unix(7) holds 108 bytes, the last of them a zero. */
const SOCKET_PATH_BYTES = 107;

/** Names go into URLs, metrics and terminals, hence the narrow alphabet. */
export function parseGuestName(raw: string): Parsed<string> {
  if (GUEST_NAME.test(raw)) return accept(raw);
  return refuse(
    `"${shorten(printable(raw))}" is no guest name`,
    'write 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit',
  );
}

export function parseAbsolutePath(raw: string): Parsed<string> {
  const shown = shorten(printable(raw));
  if (!raw.startsWith("/"))
    return refuse(`"${shown}" is a relative path`, "write it from the root, beginning with /");
  if (printable(raw) !== raw)
    return refuse(`"${shown}" has a control character`, "write the path without it");
  return accept(raw);
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
