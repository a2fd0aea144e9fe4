/**
 * Guest memory that is shared (memfd, as virtiofs and vhost-user need it): how much of it is held and not mapped, above all because it is
 * swapped. `VmSwap` of `/proc/PID/status` leaves swapped shared pages out, as `SwapPss` of `smaps_rollup` does; `Swap` there has them, and
 * costs a walk over all page tables. The blocks of the file have both what is resident and what is swapped (`shmem_recalc_inode` in
 * `mm/shmem.c`), for one `stat`. A file of 64 MiB, swapped out whole: `RssShmem` 0, `VmSwap` 0, blocks 64 MiB.
 */
import { readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ProcessStatus } from "./process-status.ts";

/** What a memory backend's file is called. Of other files even a `stat` may wait: for a network that is gone, for example. */
const SHARED_FILE = /^\/(?:memfd:|dev\/shm\/)/;
/** `stat` counts blocks of this size. */
const BLOCK_BYTES = 512;
/** Memory that was plugged is in a new file: more is mapped than the known files have. */
const UNKNOWN_BYTES = 1024 * 1024;
const RESCAN_MS = 60_000;
/** A QEMU has tens of files, and thousands with many disks and clients. */
const MOST_FILES = 16_384;

interface KnownFiles {
  readonly processId: number;
  /** Paths below `/proc/PID/fd`. */
  readonly paths: readonly string[];
  readonly scannedAtMs: number;
}

export class SharedMemory {
  readonly #procRoot: string;
  readonly #nowMs: () => number;
  /** By QMP path. */
  readonly #known = new Map<string, KnownFiles>();

  constructor(procRoot: string, nowMs: () => number) {
    this.#procRoot = procRoot;
    this.#nowMs = nowMs;
  }

  /** The status with what is held of shared memory and not mapped counted as swapped. Never rejects. */
  async counted(qmpPath: string, status: ProcessStatus): Promise<ProcessStatus> {
    // Huge pages are in such files as well, and are no matter of a balloon.
    if (status.hugetlbBytes > 0) return status;
    const heldBytes = await this.#heldBytes(qmpPath, status);
    const unmappedBytes = Math.max(0, heldBytes - status.sharedBytes);
    return { ...status, swappedBytes: status.swappedBytes + unmappedBytes };
  }

  forget(qmpPath: string): void {
    this.#known.delete(qmpPath);
  }

  async #heldBytes(qmpPath: string, { processId, sharedBytes }: ProcessStatus): Promise<number> {
    const before = this.#known.get(qmpPath);
    const known = before?.processId === processId ? before : await this.#scan(qmpPath, processId);
    const heldBytes = await sumOf(known.paths);
    const isStale = this.#nowMs() - known.scannedAtMs >= RESCAN_MS;
    if (sharedBytes <= heldBytes + UNKNOWN_BYTES || !isStale) return heldBytes;
    return sumOf((await this.#scan(qmpPath, processId)).paths);
  }

  async #scan(qmpPath: string, processId: number): Promise<KnownFiles> {
    const folder = join(this.#procRoot, String(processId), "fd");
    const names = await readdir(folder).catch(() => []);
    const paths: string[] = [];
    for (const name of names.slice(0, MOST_FILES)) {
      const path = join(folder, name);
      if (await isSharedFile(path)) paths.push(path);
    }
    const known = { processId, paths, scannedAtMs: this.#nowMs() };
    this.#known.set(qmpPath, known);
    return known;
  }
}

/** A number may stand for another file by now. */
async function isSharedFile(path: string): Promise<boolean> {
  return SHARED_FILE.test(await readlink(path).catch(() => ""));
}

/** Bytes of all files, each once. */
async function sumOf(paths: readonly string[]): Promise<number> {
  const bytesByFile = new Map<string, number>();
  for (const path of paths) {
    const found = (await isSharedFile(path)) ? await stat(path).catch(() => undefined) : undefined;
    if (found?.isFile()) bytesByFile.set(`${found.dev}:${found.ino}`, found.blocks * BLOCK_BYTES);
  }
  return [...bytesByFile.values()].reduce((sum, bytes) => sum + bytes, 0);
}
