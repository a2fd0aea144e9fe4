/** Finds the sockets that listen on given paths: by the file itself, and by its name where that cannot be told. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { findInOtherNamespaces, type WantedFile } from "./foreign-namespaces.ts";
import { identityOf, parseListeningFiles, socketsOn } from "./listening-files.ts";
import { textOf } from "./proc-files.ts";
import { parseUnixListeners } from "./unix-listeners.ts";

/** A file whose socket was not found (another container, no permission) is looked for again so late. */
const RETRY_MS = 60_000;

export interface SocketFinderOptions {
  readonly procRoot: string;
  readonly nowMs: () => number;
  /** What `ss -xlHe` prints. */
  readonly listListeningFiles: () => Promise<string>;
}

export class SocketFinder {
  readonly #options: SocketFinderOptions;
  readonly #retryAtMs = new Map<string, number>();

  constructor(options: SocketFinderOptions) {
    this.#options = options;
  }

  /** Path -> inode of the socket; a path on which nothing listens is left out. Never rejects. */
  async find(paths: readonly string[]): Promise<Map<string, string>> {
    const found = await this.#byName(paths);
    const left = paths.filter((path) => !found.has(path));
    for (const [path, inode] of await this.#byFile(left)) found.set(path, inode);
    return found;
  }

  /** The quick way, right wherever QEMU was given an absolute path. */
  async #byName(paths: readonly string[]): Promise<Map<string, string>> {
    const listeners = parseUnixListeners((await textOf(join(this.#options.procRoot, "net/unix"))) ?? "");
    const found = new Map<string, string>();
    for (const path of paths) {
      const inode = listeners.get(path) ?? (await inodeOfSamePlace(path, listeners));
      if (inode !== undefined) found.set(path, inode);
    }
    return found;
  }

  /** Relative paths, and paths of another root or namespace. */
  async #byFile(paths: readonly string[]): Promise<Map<string, string>> {
    const wanted = await this.#due(paths);
    if (wanted.length === 0) return new Map();
    const listening = parseListeningFiles(await this.#options.listListeningFiles());
    const found = new Map<string, string>();
    for (const { path, file } of wanted) {
      const [inode, ...others] = socketsOn(file, listening);
      if (inode !== undefined && others.length === 0) found.set(path, inode);
    }
    const left = wanted.filter(({ path }) => !found.has(path));
    if (left.length === 0) return found;
    const elsewhere = await findInOtherNamespaces(this.#options.procRoot, left);
    for (const [path, inode] of elsewhere) found.set(path, inode);
    for (const one of left.filter(({ path }) => !found.has(path))) this.#putOff(one);
    return found;
  }

  /** Files that exist and were not looked for in vain a short while ago. */
  async #due(paths: readonly string[]): Promise<WantedFile[]> {
    const nowMs = this.#options.nowMs();
    for (const [key, atMs] of this.#retryAtMs) if (atMs <= nowMs) this.#retryAtMs.delete(key);
    const files = await Promise.all(paths.map(async (path) => ({ path, file: await identityOf(path) })));
    return files.flatMap(({ path, file }) => {
      if (file === undefined || this.#retryAtMs.has(keyOf({ path, file }))) return [];
      return [{ path, file }];
    });
  }

  #putOff(file: WantedFile): void {
    this.#retryAtMs.set(keyOf(file), this.#options.nowMs() + RETRY_MS);
  }
}

function keyOf({ path, file }: WantedFile): string {
  return `${file.device}:${file.inode}:${path}`;
}

/** QEMU and the admin may write one folder in two ways (`/var/run`, `/run`). */
async function inodeOfSamePlace(
  path: string,
  listeners: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const folder = await realFolder(path);
  for (const [listening, inode] of listeners) {
    if (basename(listening) === basename(path) && (await realFolder(listening)) === folder) return inode;
  }
  return undefined;
}

async function realFolder(path: string): Promise<string> {
  return realpath(dirname(path)).catch(() => dirname(path));
}
