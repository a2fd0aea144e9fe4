/** Reads the tokens that may change something over `control.http`. */
import { isToken } from "../../secrets/bearer-token.ts";
import { readGuardedFile, TokenStoreError } from "./guarded-file.ts";

/** The group of the control socket may do the same there. */
const GUARD = {
  forbidden: 0o027,
  problem: "may be read or written by others, who could then control the broker",
  advised: "600",
};
const MAKE_ONE = "make one: openssl rand -hex 32";

/** One a line; a line that begins with # is a remark. Rejects with a `TokenStoreError` where there is none, or the file is not to be trusted. */
export async function readControlTokens(path: string): Promise<readonly string[]> {
  const text = await readGuardedFile(path, GUARD);
  if (text === undefined) throw new TokenStoreError(`${path} is not there; ${MAKE_ONE}`);
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length === 0) throw new TokenStoreError(`${path} has no token; ${MAKE_ONE}`);
  // The line itself must not be told: it may be a token with one letter too many.
  if (!lines.every(isToken))
    throw new TokenStoreError(
      `${path} has a line that is no token of 32 to 256 letters, digits, - and _; ${MAKE_ONE}`,
    );
  return lines;
}
