/** Reads small files that decide about access, and refuses those that others could have written or read. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { LONGEST_TEXT } from "../yaml-source.ts";

/** Otherwise a named pipe would delay the open until a writer comes. */
const WITHOUT_WAITING = constants.O_RDONLY | constants.O_NONBLOCK;

/** `message` tells the admin what to do. */
export class TokenStoreError extends Error {
  readonly code = "TOKEN_STORE";
}

/** Access rights that a file must not have. */
export interface Guard {
  /** Bits of its mode. */
  readonly forbidden: number;
  /** What is wrong then, in words. */
  readonly problem: string;
  /** The rights that mend it, such as 600. */
  readonly advised: string;
}

/** The file's text; undefined: there is none. Rejects with a `TokenStoreError` for one that is not to be trusted. */
export async function readGuardedFile(path: string, guard: Guard): Promise<string | undefined> {
  try {
    await using file = await open(path, WITHOUT_WAITING);
    const { mode, size } = await file.stat();
    if ((mode & guard.forbidden) !== 0)
      throw new TokenStoreError(`${path} ${guard.problem}: chmod ${guard.advised} ${path}`);
    if (size > LONGEST_TEXT) throw new TokenStoreError(`${path} is too large for a file of tokens`);
    return await file.readFile("utf8");
  } catch (cause) {
    if (cause instanceof TokenStoreError) throw cause;
    if (codeOf(cause) === "ENOENT") return undefined;
    throw new TokenStoreError(`${path} cannot be read (${codeOf(cause)})`, { cause });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
