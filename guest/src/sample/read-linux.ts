/** Reads a Linux guest's memory figures from /proc and /sys, each file as often as it is worth it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BalloonWatch } from "./balloon-watch.ts";
import { arcStatsParser } from "./linux-arcstats.ts";
import { MeminfoHead, meminfoParser } from "./linux-meminfo.ts";
import { pressureParser } from "./linux-pressure.ts";
import { findBalloon, type VirtioDeviceText } from "./linux-virtio.ts";
import { vmstatParser } from "./linux-vmstat.ts";
import { parseReservePages } from "./linux-zoneinfo.ts";
import { parseZramUsedBytes } from "./linux-zram.ts";
import type { Counters, GuestTraits, MemorySample, Mutable } from "./memory-sample.ts";
import { DEFAULT_PAGE_SIZE_BYTES, pageSizeFromAuxv } from "./page-size.ts";
import { ProcFile, type ReadInto, readIntoWithNode } from "./proc-file.ts";
import { ReadingTimes } from "./reading-times.ts";

/** The biggest of the files, vmstat, has about 8 KiB; a whole sample fits several times. */
const BUFFER_BYTES = 32 * 1024;
const MAX_DEVICES = 256;

export interface LinuxRoots {
  readonly procRoot: string;
  readonly sysRoot: string;
}

/**
 * Reads one guest. Everything that cannot be read is absent; nothing throws. A sample shows what was read last: it is the same object
 * each time, so that reading leaves no garbage.
 */
export class LinuxReader {
  readonly #roots: LinuxRoots;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #meminfo: ProcFile;
  readonly #vmstat: ProcFile;
  readonly #pressure: ProcFile;
  readonly #arc: ProcFile;
  readonly #parseMeminfo = meminfoParser();
  readonly #head = new MeminfoHead(this.#buffer);
  readonly #parseVmstat = vmstatParser();
  readonly #parsePressure = pressureParser();
  readonly #parseArc = arcStatsParser();
  readonly #sample: Mutable<MemorySample> = {
    sampledAtMs: 0,
    meminfo: {},
    counters: undefined,
    slow: {},
    arc: undefined,
  };
  readonly #times = new ReadingTimes();
  #counters: Mutable<Counters> | undefined;
  readonly #traits: Mutable<GuestTraits>;
  readonly #balloonWatch = new BalloonWatch();

  constructor(roots: LinuxRoots, readInto: ReadInto = readIntoWithNode) {
    this.#roots = roots;
    const file = (name: string) => new ProcFile(join(roots.procRoot, name), this.#buffer, readInto);
    this.#meminfo = file("meminfo");
    this.#vmstat = file("vmstat");
    this.#pressure = file("pressure/memory");
    this.#arc = file("spl/kstat/zfs/arcstats");
    this.#traits = { ...readBalloon(roots), pageSizeBytes: readPageSize(roots) };
  }

  /** Always the same object: what changes in it is read again when the balloon begins to move, and once a minute. */
  get traits(): GuestTraits {
    return this.#traits;
  }

  /** `urgent` reads the counters too: the balloon's own size decides what is growth. */
  read(nowMs: number, urgent: boolean): MemorySample {
    const sample = this.#sample;
    sample.sampledAtMs = nowMs;
    const length = this.#meminfo.read(true) ?? 0;
    this.#head.keep(length);
    sample.meminfo = this.#parseMeminfo(this.#buffer, length);
    const arcLength = this.#arc.read(false);
    sample.arc = arcLength === undefined ? undefined : this.#parseArc(this.#buffer, arcLength);
    const availableBytes = sample.meminfo.availableBytes ?? 0;
    if (this.#times.areCountersDue(nowMs, availableBytes, urgent))
      sample.counters = this.#readCounters(nowMs);
    if (this.#times.isSlowDue(nowMs)) this.#readSlow();
    return sample;
  }

  /** ZFS's cache is not seen by it. */
  isUnchanged(nowMs: number, isLasting: boolean): boolean {
    if (this.#sample.arc !== undefined || !this.#times.isNothingDue(nowMs, isLasting)) return false;
    const length = this.#meminfo.read(true);
    return length !== undefined && this.#head.isSame(length);
  }

  close(): void {
    for (const file of [this.#meminfo, this.#vmstat, this.#pressure, this.#arc]) file.close();
  }

  #readCounters(nowMs: number): Counters {
    const vmstat = this.#parseVmstat(this.#buffer, this.#vmstat.read(false) ?? 0);
    const pressure = this.#parsePressure(this.#buffer, this.#pressure.read(true) ?? 0);
    if (this.#balloonWatch.begins(vmstat)) this.#readBalloon();
    this.#counters ??= { sampledAtMs: nowMs, vmstat, pressure };
    this.#counters.sampledAtMs = nowMs;
    this.#counters.vmstat = vmstat;
    this.#counters.pressure = pressure;
    return this.#counters;
  }

  #readBalloon(): void {
    const { balloon, deflateOnOom } = readBalloon(this.#roots);
    this.#traits.balloon = balloon;
    this.#traits.deflateOnOom = deflateOnOom;
  }

  #readSlow(): void {
    const { procRoot, sysRoot } = this.#roots;
    for (const file of [this.#meminfo, this.#vmstat, this.#pressure, this.#arc]) file.retry();
    this.#readBalloon();
    const reservePages = parseReservePages(readText(join(procRoot, "zoneinfo")));
    const zramUsedBytes = readZram(sysRoot);
    const agentPrivateBytes = parseRssAnonBytes(readText(join(procRoot, "self/status")));
    this.#sample.slow = {
      ...(reservePages !== undefined && {
        watermarkReserveBytes: reservePages * this.#traits.pageSizeBytes,
      }),
      ...(zramUsedBytes !== undefined && { zramUsedBytes }),
      ...(agentPrivateBytes !== undefined && { agentPrivateBytes }),
    };
  }
}

/** Memory of this process that no file backs (kernel: Documentation/filesystems/proc.rst). */
function parseRssAnonBytes(status: string): number | undefined {
  const match = /^RssAnon:\s+(\d{1,15}) kB$/m.exec(status);
  return match ? Number(match[1]) * 1024 : undefined;
}

function readPageSize({ procRoot }: LinuxRoots): number {
  return pageSizeFromAuxv(readBytes(join(procRoot, "self/auxv"))) ?? DEFAULT_PAGE_SIZE_BYTES;
}

/** A device without a driver has negotiated nothing: its features say something only once a driver is there. */
function readBalloon({ sysRoot }: LinuxRoots): Pick<GuestTraits, "balloon" | "deflateOnOom"> {
  const balloon = findBalloon(readVirtioDevices(sysRoot));
  return { balloon: balloon !== undefined, deflateOnOom: balloon?.deflateOnOom ?? false };
}

function readVirtioDevices(sysRoot: string): VirtioDeviceText[] {
  const folder = join(sysRoot, "bus/virtio/devices");
  return list(folder).map((name) => ({
    device: readText(join(folder, name, "device")),
    features: readText(join(folder, name, "features")),
  }));
}

function readZram(sysRoot: string): number | undefined {
  const folder = join(sysRoot, "block");
  let total: number | undefined;
  for (const name of list(folder)) {
    if (!name.startsWith("zram")) continue;
    const used = parseZramUsedBytes(readText(join(folder, name, "mm_stat")));
    if (used !== undefined) total = (total ?? 0) + used;
  }
  return total;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).slice(0, MAX_DEVICES);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  return Buffer.from(readBytes(path)).toString("latin1");
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array();
  }
}
