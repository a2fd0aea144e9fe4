/** Reading of small files under `/proc` and `/sys`. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { foreignText } from "../model/foreign-text.ts";

/** Absent when there is no such file, or it may not be read. */
export async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

/** Ids of all processes, as their folders are called. */
export async function processIds(procRoot: string): Promise<string[]> {
  const names = await readdir(procRoot).catch(() => []);
  return names.filter((name) => /^\d+$/.test(name));
}

/** Id → name (`comm`, at most 15 letters, as the process itself chose it) of all processes. */
export async function processNames(procRoot: string): Promise<Map<string, string>> {
  const ids = await processIds(procRoot);
  const names = await Promise.all(ids.map((id) => textOf(join(procRoot, id, "comm"))));
  return new Map(ids.map((id, i) => [id, foreignText(names[i]?.trim() ?? "")]));
}
