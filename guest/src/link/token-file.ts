/** Reads the guest's token. Neither the log nor any message contains it. */
import { readSmallFile, type SmallFile, SmallFileError } from "./small-file.ts";

const LONGEST_FILE_BYTES = 1024;
const TOKEN = /^[A-Za-z0-9_-]{32,256}$/;
const OTHERS = 0o077;

/** The message tells the admin what to do. */
export class TokenFileError extends Error {
  override readonly name = "TokenFileError";
}

/** Tells why users other than administrators, the system and this user can read a file; undefined when they cannot. */
export type FindReaders = (path: string) => string | undefined;

/**
 * Reads `path` anew at every call, so that a new token needs no restart. Throws a `TokenFileError` for a file that cannot be read, that
 * others can read, or that holds no token. `findReaders` is for systems whose file mode does not tell which users can read.
 */
export function readToken(path: string, findReaders?: FindReaders): string {
  const { bytes, mode } = read(path);
  const problem = findReaders === undefined ? modeProblem(path, mode) : findReaders(path);
  if (problem !== undefined)
    throw new TokenFileError(`the token file ${path} may be read by others: ${problem}`);
  const token = bytes.toString("latin1").trim();
  if (TOKEN.test(token)) return token;
  throw new TokenFileError(
    `the token file ${path} holds no token: write what \`ballast agent token GUEST\` printed on the host`,
  );
}

function modeProblem(path: string, mode: number): string | undefined {
  return (mode & OTHERS) === 0 ? undefined : `chmod 600 ${path}`;
}

function read(path: string): SmallFile {
  try {
    return readSmallFile(path, LONGEST_FILE_BYTES);
  } catch (cause) {
    if (!(cause instanceof SmallFileError)) throw cause;
    throw new TokenFileError(`the token file ${path} ${cause.message}`, { cause });
  }
}
