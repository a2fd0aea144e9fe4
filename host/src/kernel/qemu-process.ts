/** Resident and swapped memory of each guest's QEMU process, which is found by its monitor's socket. */
import { readSync } from "node:fs";
import { type FileHandle, open, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, ProcessMemoryReader } from "../model/adapters.ts";
import type { ProcessMemory } from "../model/guest.ts";
import { KERNEL_ROOTS } from "./host-reader.ts";
import { listListeningFiles } from "./listening-files.ts";
import { ProcessSharing } from "./process-sharing.ts";
import { isWholeStatus, type ProcessStatus, parseMainThread, parseProcessStatus } from "./process-status.ts";
import { SharedMemory } from "./shared-memory.ts";
import { SocketFinder } from "./socket-finder.ts";
import { findSocketOwners, type SocketOwner, socketLink } from "./socket-owners.ts";

/** `/proc/PID/status` is about 1.5 KiB. */
const STATUS_BYTES = 4 * 1024;
/** Each status is read into it and parsed at once. */
const statusBuffer = Buffer.allocUnsafeSlow(STATUS_BYTES);
/** A process may be in 65,536 groups, which are all named before the lines that we read. */
const LONGEST_STATUS_BYTES = 1024 * 1024;
/** Reading all processes' files is expensive: one scan serves all guests, and the next comes no sooner. */
const SCAN_PAUSE_MS = 5_000;
/** A socket whose owner cannot be seen (another container, no permission) is looked for again after this time. */
const RETRY_UNSEEN_MS = 60_000;

export interface ProcessMemoryOptions {
  readonly clock: Clock;
  readonly procRoot?: string;
  /** What `ss -xlHe` prints. */
  readonly listListeningFiles?: () => Promise<string>;
}

/** A `ProcessMemoryReader` that also tells how a process's memory is backed. */
export interface QemuMemoryReader extends ProcessMemoryReader {
  /** Absent while the process is unknown or gone. */
  backing(qmpPath: string): Promise<Pick<ProcessStatus, "lockedBytes" | "hugetlbBytes"> | undefined>;
  /** State of the process's main thread, such as `S`, `D` or `T`; absent while the process is not known, or gone. Looks for none. */
  mainThread(qmpPath: string): string | undefined;
  close(): Promise<void>;
}

/** Finds processes by the socket that they listen on; never rejects. */
export function createProcessMemoryReader(options: ProcessMemoryOptions): QemuMemoryReader {
  return new QemuMemory(options);
}

class QemuMemory implements QemuMemoryReader {
  readonly #clock: Clock;
  readonly #procRoot: string;
  readonly #sockets: SocketFinder;
  /** Open `status` files by QMP path. Such a file belongs to its process: after its end reading fails, even if the pid is reused. */
  readonly #status = new Map<string, FileHandle>();
  readonly #sharing = new ProcessSharing();
  readonly #sharedMemory: SharedMemory;
  readonly #wanted = new Set<string>();
  readonly #unseenUntilMs = new Map<string, number>();
  #scan: Promise<void> | undefined;
  #nextScanMs = Number.NEGATIVE_INFINITY;

  constructor(options: ProcessMemoryOptions) {
    this.#clock = options.clock;
    this.#procRoot = options.procRoot ?? KERNEL_ROOTS.procRoot;
    this.#sharedMemory = new SharedMemory(this.#procRoot, () => this.#clock.nowMs());
    this.#sockets = new SocketFinder({
      procRoot: this.#procRoot,
      nowMs: () => this.#clock.nowMs(),
      listListeningFiles: options.listListeningFiles ?? listListeningFiles,
    });
  }

  expect(qmpPaths: readonly string[]): void {
    for (const path of qmpPaths) if (!this.#status.has(path)) this.#wanted.add(path);
  }

  async read(qmpPath: string): Promise<ProcessMemory | undefined> {
    const known = this.#status.get(qmpPath);
    const status = known && readMemory(known);
    const memory = status ? this.#unlessShared(qmpPath, status) : await this.#memory(qmpPath);
    if (memory === undefined) return undefined;
    const { processId, residentBytes, swappedBytes } = await this.#sharedMemory.counted(qmpPath, memory);
    return { processId, residentBytes, swappedBytes };
  }

  async backing(qmpPath: string): Promise<Pick<ProcessStatus, "lockedBytes" | "hugetlbBytes"> | undefined> {
    return this.#memory(qmpPath);
  }

  mainThread(qmpPath: string): string | undefined {
    const known = this.#status.get(qmpPath);
    return known && mainThreadNow(known);
  }

  async close(): Promise<void> {
    await this.#scan;
    for (const [path, file] of [...this.#status]) await this.#forget(path, file);
  }

  async #memory(qmpPath: string): Promise<ProcessStatus | undefined> {
    const known = this.#status.get(qmpPath);
    const memory = known && readMemory(known);
    if (memory !== undefined) return this.#unlessShared(qmpPath, memory);
    if (known !== undefined) await this.#forget(qmpPath, known);
    this.#wanted.add(qmpPath);
    await this.#scanOnce();
    const found = this.#status.get(qmpPath);
    const memoryNow = found && readMemory(found);
    return memoryNow && this.#unlessShared(qmpPath, memoryNow);
  }

  #unlessShared(qmpPath: string, memory: ProcessStatus): ProcessStatus | undefined {
    this.#sharing.note(qmpPath, memory.processId);
    return this.#sharing.isShared(memory.processId) ? undefined : memory;
  }

  /** Another caller may have found the guest's next process already: only `file` is given up. */
  async #forget(qmpPath: string, file: FileHandle): Promise<void> {
    if (this.#status.get(qmpPath) === file) {
      this.#status.delete(qmpPath);
      this.#sharing.forget(qmpPath);
      this.#sharedMemory.forget(qmpPath);
    }
    await file.close();
  }

  /** All callers share a scan that runs or is due. */
  #scanOnce(): Promise<void> {
    if (this.#scan !== undefined) return this.#scan;
    if (this.#clock.nowMs() < this.#nextScanMs) return Promise.resolve();
    this.#scan = this.#scanForWanted().finally(() => {
      this.#scan = undefined;
      this.#nextScanMs = this.#clock.nowMs() + SCAN_PAUSE_MS;
    });
    return this.#scan;
  }

  async #scanForWanted(): Promise<void> {
    // Lets the other guests of the same tick name their paths first.
    await new Promise((resolve) => setImmediate(resolve));
    const paths = [...this.#wanted];
    this.#wanted.clear();
    const inodes = await this.#sockets.find(paths);
    this.#dropUnseen(inodes);
    if (inodes.size === 0) return;
    const owners = await findSocketOwners(this.#procRoot, new Set(inodes.values()));
    for (const [path, inode] of inodes) {
      const file = await this.#openLargest(owners.get(inode) ?? [], inode);
      if (file === undefined) this.#unseenUntilMs.set(inode, this.#clock.nowMs() + RETRY_UNSEEN_MS);
      else if (this.#status.has(path)) await file.close();
      else await this.#know(path, file);
    }
  }

  /** The process is noted with its file, so that the first of several guests does not have a shared one to itself. */
  async #know(path: string, file: FileHandle): Promise<void> {
    this.#status.set(path, file);
    const memory = readMemory(file);
    if (memory !== undefined) this.#sharing.note(path, memory.processId);
  }

  /** Takes out of `inodes` the sockets whose owner was looked for in vain a short while ago. */
  #dropUnseen(inodes: Map<string, string>): void {
    const nowMs = this.#clock.nowMs();
    for (const [inode, untilMs] of this.#unseenUntilMs)
      if (untilMs <= nowMs) this.#unseenUntilMs.delete(inode);
    for (const [path, inode] of inodes) if (this.#unseenUntilMs.has(inode)) inodes.delete(path);
  }

  /** A launcher may hold the socket as well as QEMU: the one with the guest's memory is the largest. */
  async #openLargest(owners: readonly SocketOwner[], inode: string): Promise<FileHandle | undefined> {
    let best: { readonly file: FileHandle; readonly residentBytes: number } | undefined;
    for (const owner of owners) {
      const file = await this.#openStatus(owner, inode);
      const residentBytes = (file && readMemory(file))?.residentBytes ?? 0;
      const better = file !== undefined && residentBytes > (best?.residentBytes ?? -1);
      await (better ? best?.file : file)?.close();
      if (better) best = { file, residentBytes };
    }
    return best?.file;
  }

  /** The pid may be reused since the scan: the file is the owner's if the socket is still there once the file is open. */
  async #openStatus(owner: SocketOwner, inode: string): Promise<FileHandle | undefined> {
    const file = await open(join(this.#procRoot, owner.pid, "status")).catch(() => undefined);
    if (file === undefined) return undefined;
    const link = await readlink(owner.linkPath).catch(() => "");
    if (link === socketLink(inode)) return file;
    await file.close();
    return undefined;
  }
}

/** Its line stands near the beginning. */
function mainThreadNow(file: FileHandle): string | undefined {
  try {
    return parseMainThread(textNow(file, statusBuffer).text);
  } catch {
    return undefined;
  }
}

function readMemory(file: FileHandle): ProcessStatus | undefined {
  try {
    for (let bytes = STATUS_BYTES; bytes <= LONGEST_STATUS_BYTES; bytes *= 4) {
      const { text, isAll } = textNow(
        file,
        bytes === STATUS_BYTES ? statusBuffer : Buffer.allocUnsafe(bytes),
      );
      if (isAll || isWholeStatus(text)) return parseProcessStatus(text);
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/** The kernel writes a status without waiting for anything: handing the read to another thread would take many times as long as the read. */
function textNow({ fd }: FileHandle, buffer: Buffer): { readonly text: string; readonly isAll: boolean } {
  const bytesRead = readSync(fd, buffer, 0, buffer.length, 0);
  return { text: buffer.toString("latin1", 0, bytesRead), isAll: bytesRead < buffer.length };
}
