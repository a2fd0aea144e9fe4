/** Owns this machine's real KSM for a test: whether it may be touched, and leaving it as it was found. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createKsmKnobs } from "../../host/src/kernel/ksm/knobs.ts";
import { createKsmReader } from "../../host/src/kernel/ksm/reader.ts";
import type { KsmKnobs, KsmReading } from "../../host/src/model/ksm.ts";
import { TestbedError } from "./errors.ts";
import { waitFor } from "./wait.ts";

export const KSM_FOLDER = "/sys/kernel/mm/ksm";
const PAGE_BYTES = 4096;
const UNMERGE_TIMEOUT_MS = 120_000;

/** Why the real KSM must be let alone; `undefined` when it may be touched. It belongs to the whole machine. */
export function whyNoKsm(): string | undefined {
  if (process.env["CI"] !== "true" && process.env["BALLAST_TEST_KSM"] !== "1")
    return "this machine's KSM is only touched with CI=true or BALLAST_TEST_KSM=1";
  if (process.getuid?.() !== 0) return "KSM is root's";
  const run = textOf("run");
  if (run === undefined) return "this kernel has no KSM";
  return run === "0" && textOf("pages_sharing") === "0"
    ? undefined
    : "another program uses this machine's KSM";
}

/** The real KSM, held for one suite. */
export class RealKsm {
  readonly #reader = createKsmReader({ folder: KSM_FOLDER, pageBytes: PAGE_BYTES });
  readonly #writer = createKsmKnobs(KSM_FOLDER);
  readonly #found: KsmKnobs;

  private constructor(found: KsmKnobs) {
    this.#found = found;
  }

  /** Remembers how it stands. */
  static async hold(): Promise<RealKsm> {
    const reader = createKsmReader({ folder: KSM_FOLDER, pageBytes: PAGE_BYTES });
    const reading = await reader.read();
    if (reading === undefined) throw new TestbedError("TESTBED_BOOT", "this kernel has no KSM");
    return new RealKsm(reading.knobs);
  }

  get found(): KsmKnobs {
    return this.#found;
  }

  async read(): Promise<KsmReading> {
    const reading = await this.#reader.read();
    if (reading === undefined) throw new TestbedError("TESTBED_WAIT", "KSM cannot be read any more");
    return reading;
  }

  /** Bytes of a process that it has marked for merging. */
  async mergeableBytes(processId: number): Promise<number | undefined> {
    return this.#reader.mergeableBytes(processId);
  }

  /** Takes everything apart, so that the next measurement begins with nothing. */
  async unmergeAll(): Promise<void> {
    writeFileSync(join(KSM_FOLDER, "run"), "2");
    const isApart = async () => (await this.read()).savedBytes === 0;
    await waitFor("merged pages to be apart", isApart, { timeoutMs: UNMERGE_TIMEOUT_MS });
    writeFileSync(join(KSM_FOLDER, "run"), "0");
  }

  /** Leaves it as it was found. */
  async release(): Promise<void> {
    await this.unmergeAll();
    const { advisorMode = "none", pagesToScan, ...others } = this.#found;
    const isAdvised = (await this.read()).knobs.advisorMode !== undefined;
    if (isAdvised) await this.#writer.write({ advisorMode });
    await this.#writer.write(advisorMode === "none" ? { ...others, pagesToScan } : others);
  }
}

function textOf(name: string): string | undefined {
  try {
    return readFileSync(join(KSM_FOLDER, name), "utf8").trim();
  } catch {
    return undefined;
  }
}
