/** Reads and changes the file of agents' tokens. */
import { formatProblem } from "../problem.ts";
import { replaceFile } from "../replace-file.ts";
import { readGuardedFile, TokenStoreError } from "./guarded-file.ts";
import { parseTokens, renderTokens, type TokenEntry } from "./token-file.ts";

/** It holds hashes only. */
const GUARD = {
  forbidden: 0o022,
  problem: "may be written by others, who could admit any agent",
  advised: "600",
};

/** The tokens of the file; none when there is no file. Rejects with a `TokenStoreError` for one that is not to be trusted. */
export async function readTokens(path: string): Promise<readonly TokenEntry[]> {
  const text = await readGuardedFile(path, GUARD);
  if (text === undefined) return [];
  const result = parseTokens(text, path);
  if (result.ok) return result.tokens;
  throw new TokenStoreError(result.problems.map(formatProblem).join("\n"));
}

/**
 * Replaces the tokens by what `change` makes of them, whole or not at all. Rejects with a `FileBusyError` when another command is at it or
 * the file cannot be written, with a `TokenStoreError` where what is there is not to be trusted.
 */
export async function changeTokens(
  path: string,
  change: (tokens: readonly TokenEntry[]) => readonly TokenEntry[],
): Promise<void> {
  const rights = { mode: 0o600, areKept: false };
  await replaceFile(path, rights, async () => renderTokens(change(await readTokens(path))));
}
