/** Keeps what `ballast setup proxmox` found in a guest's configuration before it changed it: one small file a guest. */
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const FORMAT = 1;
const LONGEST_TEXT = 1024 * 1024;

/** What is kept; see `SetupRecord` in `proxmox/setup-plan.ts`. */
export interface KeptSetup {
  readonly args?: { readonly before?: string; readonly after: string };
  readonly shares?: { readonly before?: number };
  readonly carriedShares?: number;
}

/** The record is there and cannot be used; `message` says what to do. */
export class SetupRecordError extends Error {
  readonly code = "SETUP_RECORD";
}

/** Records in `stateDir/setup`. */
export class SetupRecordFiles {
  readonly #folder: string;

  constructor(stateDir: string) {
    this.#folder = join(stateDir, "setup");
  }

  /** Absent: none was kept. Rejects with a {@link SetupRecordError} for one that cannot be read. */
  async load(vmid: number): Promise<KeptSetup | undefined> {
    const path = this.#pathOf(vmid);
    try {
      const text = await readFile(path, "utf8");
      const record = text.length > LONGEST_TEXT ? undefined : parseSetupRecord(JSON.parse(text));
      if (record !== undefined) return record;
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
      throw new SetupRecordError(unreadable(path), { cause });
    }
    throw new SetupRecordError(unreadable(path));
  }

  /** On disk when it resolves. */
  async save(vmid: number, record: KeptSetup): Promise<void> {
    const path = this.#pathOf(vmid);
    await mkdir(this.#folder, { recursive: true, mode: 0o755 });
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ format: FORMAT, ...record })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }

  async clear(vmid: number): Promise<void> {
    await rm(this.#pathOf(vmid), { force: true });
  }

  #pathOf(vmid: number): string {
    return join(this.#folder, `qemu-${vmid}.json`);
  }
}

function unreadable(path: string): string {
  return `${path} is no record of this command: restore it, or remove it to go by the arguments' ids`;
}

/** Reads what `save` wrote; absent when it is anything else. Pure. */
export function parseSetupRecord(untrusted: unknown): KeptSetup | undefined {
  if (!isObject(untrusted) || untrusted["format"] !== FORMAT) return undefined;
  const { args, shares, carriedShares } = untrusted;
  if (args !== undefined && !isArgs(args)) return undefined;
  if (shares !== undefined && !isShares(shares)) return undefined;
  if (carriedShares !== undefined && !isCount(carriedShares)) return undefined;
  return {
    ...(args !== undefined && { args }),
    ...(shares !== undefined && { shares }),
    ...(carriedShares !== undefined && { carriedShares }),
  };
}

function isArgs(value: unknown): value is NonNullable<KeptSetup["args"]> {
  if (!isObject(value) || typeof value["after"] !== "string") return false;
  return value["before"] === undefined || typeof value["before"] === "string";
}

function isShares(value: unknown): value is NonNullable<KeptSetup["shares"]> {
  return isObject(value) && (value["before"] === undefined || isCount(value["before"]));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
