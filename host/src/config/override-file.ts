/** Keeps a guest's weight in the broker's config file. */
import { readFile } from "node:fs/promises";
import { ConfigEditError, sharesIn, withoutShares, withShares } from "./override-edit.ts";
import { replaceFile } from "./replace-file.ts";

const RIGHTS = { mode: 0o644, areKept: true };

/** Writes the weight unless the admin wrote one. Resolves whether the file says this weight now. */
export async function addShares(path: string, guest: string, shares: number): Promise<boolean> {
  const written = sharesIn(await textOf(path), guest);
  if (written !== undefined) return written === shares;
  await replaceFile(path, RIGHTS, async () => withShares(await textOf(path), guest, shares, path));
  return true;
}

/** Takes the weight out again, if it is still this one. Resolves whether the file was changed. */
export async function removeShares(path: string, guest: string, shares: number): Promise<boolean> {
  if (sharesIn(await textOf(path), guest) !== shares) return false;
  await replaceFile(path, RIGHTS, async () => withoutShares(await textOf(path), guest, shares, path));
  return true;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new ConfigEditError(`${path} cannot be read (${code}): create it, or name another with --config`, {
      cause,
    });
  }
}
