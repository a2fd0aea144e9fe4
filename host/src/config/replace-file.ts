/** Replaces a file, whole or not at all. */
import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** `message` tells the admin what to do. */
export class FileBusyError extends Error {
  readonly code = "FILE_BUSY";
}

/** The access rights that the file gets. */
export interface FileRights {
  /** Of a new file. */
  readonly mode: number;
  /** A file that is there keeps its owner and mode. */
  readonly areKept: boolean;
}

/**
 * Puts what `makeText` gives in the place of the file. Rejects with a `FileBusyError` when another command is at it, or the folder cannot
 * be written.
 */
export async function replaceFile(
  path: string,
  { mode, areKept }: FileRights,
  makeText: () => Promise<string> | string,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  // A link stays a link.
  const target = await realpath(path).catch(() => path);
  const next = `${target}.new`;
  // The new file is the lock as well: of two changes at a time one would be lost.
  const file = await open(next, "wx", mode).catch((cause: unknown) => {
    throw new FileBusyError(`${path}: ${lockProblem(next, cause)}`, { cause });
  });
  try {
    await file.writeFile(await makeText());
    if (areKept) await copyRights(target, file);
    await file.sync();
    await rename(next, target);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function copyRights(from: string, file: FileHandle): Promise<void> {
  const old = await stat(from).catch(() => undefined);
  if (old === undefined) return;
  await file.chmod(old.mode & 0o7777);
  if (old.uid !== process.getuid?.() || old.gid !== process.getgid?.()) await file.chown(old.uid, old.gid);
}

function lockProblem(path: string, cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return code === "EEXIST"
    ? `another command is changing it; if none is, remove ${path}`
    : `${path} cannot be written (${code}): run as root`;
}
