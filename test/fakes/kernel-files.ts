/** A simulated kernel's figures in the files of a real one, for the real agent's own reader. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LinuxRoots } from "../../guest/src/sample/read-linux.ts";
import { type Kernel, PAGE_BYTES } from "../../host/src/simulate/guest/kernel.ts";

const FILES = ["meminfo", "vmstat", "pressure/memory"] as const;
/** Each file keeps this length: shorter text is filled up with empty lines. */
const FILE_CHARACTERS = 512;

/** `/proc` and `/sys` of a guest with a balloon device. */
export class KernelFiles {
  readonly roots: LinuxRoots;
  readonly #deflateOnOom: boolean;
  readonly #fds: readonly number[];

  constructor(folder: string, deflateOnOom: boolean) {
    this.roots = { procRoot: join(folder, "proc"), sysRoot: join(folder, "sys") };
    this.#deflateOnOom = deflateOnOom;
    const device = join(this.roots.sysRoot, "bus/virtio/devices/virtio0");
    mkdirSync(join(this.roots.procRoot, "pressure"), { recursive: true });
    mkdirSync(device, { recursive: true });
    writeFileSync(join(device, "device"), "0x0005\n");
    writeFileSync(join(device, "features"), deflateOnOom ? "0110\n" : "0100\n");
    this.#fds = FILES.map((name) => openSync(join(this.roots.procRoot, name), "w"));
  }

  /** Writes what the kernel says now; sizes must be whole pages to come out as they are. */
  write(kernel: Kernel): void {
    const texts = [meminfo(kernel, this.#deflateOnOom), vmstat(kernel), pressure(kernel)];
    for (const [i, fd] of this.#fds.entries())
      writeSync(fd, (texts[i] ?? "").padEnd(FILE_CHARACTERS, "\n"), 0);
  }

  close(): void {
    for (const fd of this.#fds) closeSync(fd);
  }
}

function meminfo(kernel: Kernel, deflateOnOom: boolean): string {
  const shownBytes = deflateOnOom ? kernel.fullBytes : kernel.sizeBytes;
  const sizes = {
    MemTotal: shownBytes - kernel.fixedBytes / 2,
    MemFree: kernel.freeBytes,
    MemAvailable: kernel.availableBytes,
    "Active(file)": kernel.hotBytes + kernel.staleBytes,
    "Inactive(file)": kernel.coldBytes,
    AnonPages: kernel.anonBytes,
    SwapTotal: kernel.swapTotalBytes,
    SwapFree: kernel.swapTotalBytes - kernel.swappedBytes,
  };
  const lines = Object.entries(sizes).map(([name, bytes]) => `${name}: ${Math.round(bytes / 1024)} kB\n`);
  return lines.join("");
}

function vmstat({ counters, balloonBytes }: Kernel): string {
  const counts = {
    workingset_refault_file: counters.refaultPages,
    pgsteal_kswapd: counters.stealPages,
    allocstall_normal: counters.allocationStalls,
    pswpin: counters.swapInPages,
    pgmajfault: counters.majorFaults,
    oom_kill: counters.oomKills,
    balloon_inflate: balloonBytes / PAGE_BYTES,
    balloon_deflate: 0,
  };
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${Math.round(count)}\n`)
    .join("");
}

function pressure({ counters }: Kernel): string {
  return `some avg10=0.00 avg60=0.00 avg300=0.00 total=${Math.round(counters.stallUs)}\n`;
}
