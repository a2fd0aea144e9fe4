/** What stands behind the fake monitor: a guest's memory, balloon driver, statistics and object tree, without any protocol. */

export const FAKE_MIB = 1024 * 1024;
/** How QEMU writes a statistic that the driver did not report: 2^64-1. */
export const UNREPORTED = "18446744073709551615";
const STEP_MS = 10;

/** Statistics as the guest's balloon driver reports them; absent ones read 2^64-1. */
export interface FakeStats {
  readonly freeBytes?: number;
  readonly availableBytes?: number;
  readonly totalBytes?: number;
  readonly cacheBytes?: number;
  readonly majorFaults?: number;
  readonly swapInBytes?: number;
  readonly oomKills?: number;
}

export interface FakeMachineOptions {
  /** Full size; 512 MiB. */
  readonly memoryBytes?: number;
  /** Is there a balloon device; yes. */
  readonly balloonDevice?: boolean;
  /** Does a driver in the guest answer; yes. */
  readonly driverPresent?: boolean;
  /** How fast the balloon moves; at once. */
  readonly balloonBytesPerSecond?: number;
  /** The driver gives up nothing below this; 0. */
  readonly stuckAtBytes?: number;
  /** What the guest uses, from which unset statistics follow; 100 MiB. */
  readonly usedBytes?: number;
  /** Seconds between statistics as another program set them; 0: off. */
  readonly pollingSeconds?: number;
  /** The driver gives no statistics; it does. */
  readonly statsFrozen?: boolean;
}

/** One of `query-memory-devices`. */
export interface FakeMemoryDevice {
  readonly kind: string;
  readonly sizeBytes: number;
}

interface QomObject {
  readonly type: string;
  readonly properties: Map<string, unknown>;
}

/** State of the fake guest. */
export class FakeGuestMonitor {
  /** What the guest was started with. */
  readonly baseBytes: number;
  /** Types of its network back ends. */
  readonly networkTypes: string[] = [];
  /** Types of its block jobs. */
  readonly blockJobs: string[] = [];
  /** `status` of query-status. */
  runStatus = "running";
  /** `status` of query-migrate. */
  migration: string | undefined;
  readonly migrationCapabilities = new Set<string>();
  driverPresent: boolean;
  usedBytes: number;
  pollingSeconds: number;
  /** The guest hangs: statistics stay as they are. */
  statsFrozen: boolean;
  /** Last target commanded. */
  targetBytes: number | undefined;
  readonly balloonPath: string | undefined;
  readonly #objects = new Map<string, QomObject>();
  readonly #memoryDevices = new Map<string, FakeMemoryDevice>();
  readonly #stuckAtBytes: number;
  readonly #bytesPerSecond: number;
  readonly #onChange: (actualBytes: number) => void;
  #actualBytes: number;
  #emptySinceReset = false;
  #stats: FakeStats = {};
  #lastUpdate = 0;
  #motion: NodeJS.Timeout | undefined;

  constructor(options: FakeMachineOptions, onChange: (actualBytes: number) => void) {
    this.baseBytes = options.memoryBytes ?? 512 * FAKE_MIB;
    this.driverPresent = options.driverPresent ?? true;
    this.usedBytes = options.usedBytes ?? 100 * FAKE_MIB;
    this.pollingSeconds = options.pollingSeconds ?? 0;
    this.statsFrozen = options.statsFrozen ?? false;
    this.#stuckAtBytes = options.stuckAtBytes ?? 0;
    this.#bytesPerSecond = options.balloonBytesPerSecond ?? Number.POSITIVE_INFINITY;
    this.#actualBytes = this.memoryBytes;
    this.#onChange = onChange;
    for (const folder of ["/objects", "/machine/peripheral", "/machine/peripheral-anon"])
      this.addObject(folder, "container");
    this.addObject("/machine", "pc-machine", { "confidential-guest-support": "" });
    this.addObject("/objects/pc.ram", "memory-backend-ram", { merge: true, share: false });
    this.balloonPath = (options.balloonDevice ?? true) ? "/machine/peripheral/balloon0" : undefined;
    if (this.balloonPath !== undefined) this.addObject(this.balloonPath, "virtio-balloon-pci");
  }

  /** Full size as virtio-balloon counts it: base memory and DIMMs. */
  get memoryBytes(): number {
    const dimms = [...this.#memoryDevices.values()].filter(({ kind }) => kind === "dimm");
    return dimms.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, this.baseBytes);
  }

  get memoryDevices(): ReadonlyMap<string, FakeMemoryDevice> {
    return this.#memoryDevices;
  }

  /** Plugs memory without an event, as `device_add` does; what is in the balloon stays there. */
  plug(id: string, device: FakeMemoryDevice): void {
    this.#resize(() => this.#memoryDevices.set(id, device));
  }

  unplug(id: string): void {
    this.#resize(() => this.#memoryDevices.delete(id));
  }

  #resize(change: () => void): void {
    const beforeBytes = this.memoryBytes;
    change();
    const changeBytes = this.memoryBytes - beforeBytes;
    this.#actualBytes += changeBytes;
    if (this.targetBytes !== undefined) this.targetBytes += changeBytes;
  }

  get actualBytes(): number {
    return this.#actualBytes;
  }

  /** Adds an object to the tree, e.g. `/machine/peripheral/gpu` of type `vfio-pci`. */
  addObject(path: string, type: string, properties: Readonly<Record<string, unknown>> = {}): void {
    this.#objects.set(path, { type, properties: new Map(Object.entries(properties)) });
  }

  removeObject(path: string): void {
    this.#objects.delete(path);
  }

  /** Overrides single statistics; those not named follow from the balloon and `usedBytes`. */
  setStats(stats: FakeStats): void {
    this.#stats = stats;
  }

  /** The guest starts anew, without a driver for now; QEMU keeps the balloon's size, target and last statistics. */
  reset(): void {
    this.stop();
    this.driverPresent = false;
    this.#emptySinceReset = true;
  }

  /** The guest's driver is loaded: it goes from an empty balloon for the target that QEMU kept; without one it tells QEMU nothing. */
  boot(): void {
    this.driverPresent = true;
    const targetBytes = this.targetBytes ?? this.memoryBytes;
    if (targetBytes < this.memoryBytes) this.#arrive(this.memoryBytes - FAKE_MIB);
    this.balloon(targetBytes);
  }

  /** Commands the balloon; without a driver nothing follows, as with QEMU. */
  balloon(targetBytes: number): void {
    this.targetBytes = targetBytes;
    if (!this.driverPresent || this.balloonPath === undefined) return;
    clearInterval(this.#motion);
    // A driver with an empty balloon and nothing to put into it writes no size.
    if (this.#emptySinceReset && targetBytes >= this.memoryBytes) return;
    this.#emptySinceReset = false;
    const goalBytes = Math.max(this.#stuckAtBytes, Math.min(targetBytes, this.memoryBytes));
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) this.#arrive(goalBytes);
    else this.#motion = setInterval(() => this.#step(goalBytes), STEP_MS);
  }

  /** Moves the balloon as the guest does unasked, e.g. by deflate-on-oom. */
  moveTo(actualBytes: number): void {
    this.#arrive(actualBytes);
  }

  /** Children of `path`, or `undefined` when there is no such object. */
  list(path: string): { name: string; type: string }[] | undefined {
    if (!this.#objects.has(path)) return undefined;
    const children = [{ name: "type", type: "string" }];
    for (const [childPath, { type }] of this.#objects) {
      const cut = childPath.lastIndexOf("/");
      if (childPath.slice(0, cut) === path)
        children.push({ name: childPath.slice(cut + 1), type: `child<${type}>` });
    }
    return children;
  }

  /** A property's value; `undefined` when object or property is missing. */
  get(path: string, property: string): unknown {
    if (path === this.balloonPath && property === "guest-stats") return this.#guestStats();
    if (path === this.balloonPath && property === "guest-stats-polling-interval") return this.pollingSeconds;
    return this.#objects.get(path)?.properties.get(property);
  }

  /** Sets a property that is there; false when it is not. */
  set(path: string, property: string, value: unknown): boolean {
    const properties = this.#objects.get(path)?.properties;
    if (properties?.has(property) !== true) return false;
    properties.set(property, value);
    return true;
  }

  /** Ends a motion under way. */
  stop(): void {
    clearInterval(this.#motion);
  }

  #step(goalBytes: number): void {
    const stepBytes = (this.#bytesPerSecond * STEP_MS) / 1000;
    const distanceBytes = goalBytes - this.#actualBytes;
    if (Math.abs(distanceBytes) <= stepBytes) {
      this.stop();
      this.#arrive(goalBytes);
    } else {
      this.#actualBytes += Math.round(Math.sign(distanceBytes) * stepBytes);
    }
  }

  #arrive(actualBytes: number): void {
    const moved = actualBytes !== this.#actualBytes;
    this.#actualBytes = actualBytes;
    if (moved) this.#onChange(actualBytes);
  }

  #guestStats(): object {
    if (this.driverPresent && this.pollingSeconds > 0 && !this.statsFrozen) {
      this.#lastUpdate = Math.floor(Date.now() / 1000);
    }
    const freeBytes = Math.max(0, this.#actualBytes - this.usedBytes);
    const derived: FakeStats = { freeBytes, availableBytes: freeBytes, totalBytes: this.#actualBytes };
    const stats = this.#lastUpdate === 0 ? {} : { ...derived, ...this.#stats };
    return {
      stats: {
        "stat-swap-in": stats.swapInBytes ?? UNREPORTED,
        "stat-swap-out": UNREPORTED,
        "stat-major-faults": stats.majorFaults ?? UNREPORTED,
        "stat-minor-faults": UNREPORTED,
        "stat-free-memory": stats.freeBytes ?? UNREPORTED,
        "stat-total-memory": stats.totalBytes ?? UNREPORTED,
        "stat-available-memory": stats.availableBytes ?? UNREPORTED,
        "stat-disk-caches": stats.cacheBytes ?? UNREPORTED,
        "stat-htlb-pgalloc": UNREPORTED,
        "stat-htlb-pgfail": UNREPORTED,
        "stat-oom-kills": stats.oomKills ?? UNREPORTED,
      },
      "last-update": this.#lastUpdate,
    };
  }
}
