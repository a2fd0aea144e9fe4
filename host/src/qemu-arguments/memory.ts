/** What a QEMU's command line says of its guest's memory. A first guess: the running QEMU decides. Pure. */
import { named, type QemuArgument } from "./arguments.ts";
import { isOn, type QemuOptions, sizeBytes } from "./option-string.ts";

const MIB = 1024 * 1024;
/** QEMU's own default where `-m` is left out. */
const DEFAULT_BYTES = 128 * MIB;

/** The guest's memory and how it is backed. */
export interface MemoryArguments {
  /** What the guest starts with: base memory and DIMMs, as virtio-balloon counts it. */
  readonly sizeBytes: number;
  /** What memory hot-plug may bring it to. */
  readonly maxBytes: number;
  readonly hugepages: boolean;
  /** Backed by memory that other processes map too (memfd or file with `share=on`). */
  readonly shared: boolean;
  readonly locked: boolean;
  readonly virtioMem: boolean;
  readonly confidential: boolean;
}

/** Reads `-m`, backends, DIMMs and what locks or encrypts memory. */
export function memoryOf(all: readonly QemuArgument[]): MemoryArguments {
  const base: QemuOptions = new Map(named(all, "m").flatMap((options) => [...options]));
  const objects = new Map(named(all, "object").map((options) => [options.get("id") ?? "", options]));
  const devices = named(all, "device");
  const dimmBytes = devices
    .filter((options) => options.get("driver") === "pc-dimm")
    .reduce(
      (sum, options) => sum + (sizeBytes(objects.get(options.get("memdev") ?? "")?.get("size"), 1) ?? 0),
      0,
    );
  const bytes = (sizeBytes(base.get("size"), MIB) ?? DEFAULT_BYTES) + dimmBytes;
  const backends = guestBackends(all, devices, objects);
  return {
    sizeBytes: bytes,
    maxBytes: sizeBytes(base.get("maxmem"), MIB) ?? bytes,
    hugepages: backends.some(isHuge) || all.some(({ name, text }) => name === "mem-path" && isHugePath(text)),
    shared: backends.some((options) => isOn(options, "share")),
    locked: isLocked(all),
    virtioMem: devices.some((options) => options.get("driver")?.startsWith("virtio-mem") === true),
    confidential: isConfidential(all, objects),
  };
}

/** Backends that are the guest's memory, and not another device's, such as ivshmem's. */
function guestBackends(
  all: readonly QemuArgument[],
  devices: readonly QemuOptions[],
  objects: ReadonlyMap<string, QemuOptions>,
): QemuOptions[] {
  const ids = [
    ...named(all, "machine").map((options) => options.get("memory-backend")),
    ...named(all, "numa").map((options) => options.get("memdev")),
    ...devices
      .filter((options) => /^(?:pc-dimm|virtio-mem)/.test(options.get("driver") ?? ""))
      .map((options) => options.get("memdev")),
  ];
  return ids.flatMap((id) => {
    const backend = id === undefined ? undefined : objects.get(id);
    return backend === undefined ? [] : [backend];
  });
}

function isHuge(backend: QemuOptions): boolean {
  return isOn(backend, "hugetlb") || isHugePath(backend.get("mem-path") ?? "");
}

/** Where hugetlbfs is mounted by convention; whether it is there is the host's word. */
function isHugePath(path: string): boolean {
  return /(?:^|\/)(?:dev|run|mnt)\/(?:.*\/)?(?:huge|hugetlbfs|hugepages)/.test(path);
}

function isLocked(all: readonly QemuArgument[]): boolean {
  const isOvercommitLocked = named(all, "overcommit").some((options) => isOn(options, "mem-lock"));
  return isOvercommitLocked || named(all, "realtime").some((options) => isOn(options, "mlock"));
}

function isConfidential(all: readonly QemuArgument[], objects: ReadonlyMap<string, QemuOptions>): boolean {
  const isGuarded = named(all, "machine").some((options) => options.has("confidential-guest-support"));
  const kinds = [...objects.values()].map((options) => options.get("qom-type") ?? "");
  return isGuarded || kinds.some((kind) => /^(?:sev-|tdx-guest|pef-guest|s390-pv-guest)/.test(kind));
}
