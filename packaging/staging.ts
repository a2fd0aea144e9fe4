/** Lays a package's files into a folder. */
import { chmod, copyFile, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FILE_MODE, type StagedFile } from "./description.ts";

/** Writes `files` below `root`; each has its modification time from `seconds` since 1970. Folders are 0755 whatever the umask. */
export async function stage(root: string, files: readonly StagedFile[], seconds: number): Promise<void> {
  for (const file of files) {
    const place = join(root, file.path);
    for (const folder of foldersTo(file.path)) {
      await mkdir(join(root, folder), { recursive: true });
      await chmod(join(root, folder), 0o755);
    }
    await write(place, file);
    if (!("linkTo" in file)) await utimes(place, seconds, seconds);
  }
}

/** `/usr/lib/x` -> `/`, `/usr`, `/usr/lib`. */
export function foldersTo(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [...foldersTo(parent), parent];
}

async function write(place: string, file: StagedFile): Promise<void> {
  if ("linkTo" in file) return symlink(file.linkTo, place);
  if ("from" in file) await copyFile(file.from, place);
  else await writeFile(place, file.content);
  await chmod(place, file.mode ?? FILE_MODE);
}
