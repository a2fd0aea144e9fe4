/** Reads the guest's token; it is never logged, nor does any message contain it. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { errorCode } from "./char-device.ts";

const LONGEST_FILE_BYTES = 1024;
const TOKEN = /^[A-Za-z0-9_-]{32,256}$/;
const OTHERS = 0o077;

/** The message tells the admin what to do. */
export class TokenFileError extends Error {
  override readonly name = "TokenFileError";
}

/**
 * Reads `path` anew at every call, so that a new token needs no restart. Throws a `TokenFileError` for a file that cannot be read, that
 * others may read, or that holds no token.
 */
export function readToken(path: string, platform: NodeJS.Platform = process.platform): string {
  const { text, mode } = readSmall(path);
  // On Windows the mode tells nothing of the file's access list.
  if (platform !== "win32" && (mode & OTHERS) !== 0)
    throw new TokenFileError(`the token file ${path} may be read by others: chmod 600 ${path}`);
  const token = text.trim();
  if (TOKEN.test(token)) return token;
  throw new TokenFileError(
    `the token file ${path} holds no token: write what \`ballast agent token GUEST\` printed on the host`,
  );
}

function readSmall(path: string): { text: string; mode: number } {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new TokenFileError(`the token file ${path} is no regular file`);
    const buffer = Buffer.alloc(LONGEST_FILE_BYTES);
    return { text: buffer.toString("latin1", 0, readSync(fd, buffer)), mode: stats.mode };
  } catch (cause) {
    if (cause instanceof TokenFileError) throw cause;
    const why = errorCode(cause) ?? String(cause);
    throw new TokenFileError(`the token file ${path} cannot be read (${why})`, { cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
