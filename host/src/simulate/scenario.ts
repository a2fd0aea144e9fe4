/** A simulated world as a scenario describes it: plain data, made from a seed. Bytes are bytes, times are milliseconds of virtual time. */

/** What a guest's programs do from a moment on; each phase lasts until the next one begins. */
export interface Phase {
  readonly fromMs: number;
  /** Anonymous memory that the programs want to hold, beyond the kernel's own. */
  readonly anonBytes: number;
  /** How fast they touch new memory on the way there. */
  readonly touchBytesPerSecond: number;
  /** File content that is read over and over, at random. */
  readonly hotBytes: number;
  /** Reads of 4 KiB a second when all of it is cached; 0: no reads. */
  readonly readsPerSecond: number;
  /** File content read once and never again. */
  readonly streamBytesPerSecond: number;
  /** Whether the guest does work that can be lost; an idle guest loses nothing. */
  readonly busy: boolean;
}

/** How a balloon driver behaves. */
export interface DriverPlan {
  readonly kind: "working" | "stuck" | "missing";
  readonly inflateBytesPerSecond: number;
  readonly deflateBytesPerSecond: number;
}

/** How the guest's agent behaves. */
export interface AgentPlan {
  /** A `liar` reports that all its memory is used; a `hoarder` demands memory all the time. */
  readonly kind: "none" | "honest" | "liar" | "hoarder";
  /** While it is silent: killed, stopped, cut off. */
  readonly silent: readonly Span[];
}

/** From a moment to another. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One guest. */
export interface GuestPlan {
  readonly name: string;
  readonly fullBytes: number;
  readonly minBytes: number;
  readonly shares: number;
  readonly os: "linux" | "windows";
  readonly swapBytes: number;
  readonly deflateOnOom: boolean;
  readonly freePageReporting: boolean;
  readonly driver: DriverPlan;
  readonly agent: AgentPlan;
  /** Its first boot; 0: it has been running for long. */
  readonly bootAtMs: number;
  /** Later boots. */
  readonly rebootsAtMs: readonly number[];
  /** How fast its hardware can touch new memory; absent: 2 GiB/s. */
  readonly hardwareTouchBytesPerSecond?: number;
  /** What a read costs that misses the cache. */
  readonly missUs: number;
  /** Processor time of a read that finds its page; absent: 10 µs. */
  readonly hitUs?: number;
  /** Cache of things read long ago that the guest starts with, and whether its kernel takes it for active. */
  readonly staleCacheBytes: number;
  readonly staleCacheActive: boolean;
  /** At least one, the first from 0, in the order of time. */
  readonly phases: readonly Phase[];
  /** What a history of earlier days forecasts of its use, and when; absent: there is no history. */
  readonly forecasts?: readonly (Span & { readonly useBytes: number })[];
  /** What its kernel and its everlasting programs hold; absent: what is usual for its size and system. */
  readonly fixedBytes?: number;
  /** A pool of huge pages, or a reservation at boot: used and never touched; absent: none. */
  readonly reservedBytes?: number;
  /** What its QEMU holds beside its memory; absent: 64 MiB, as under KVM. */
  readonly overheadBytes?: number;
}

/** The host. */
export interface HostPlan {
  readonly totalBytes: number;
  /** What the host's own programs use, in the order of time. */
  readonly own: readonly { readonly fromMs: number; readonly bytes: number }[];
  /** ZFS: how large its cache gets, and what it keeps in any case. */
  readonly arc?: { readonly maxBytes: number; readonly minBytes: number };
  readonly swapBytes: number;
  /** What KSM saves, and when its pages break apart. */
  readonly ksm?: {
    readonly savedBytes: number;
    readonly breaksAtMs: number;
    readonly breaksWithinMs: number;
  };
  /** One way between a guest's agent and its broker. */
  readonly transportMs: number;
  /** From a balloon command to the driver's first page. */
  readonly qmpMs: number;
}

/** A named world. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What happens and what a good controller does about it. */
  readonly description: string;
  readonly durationMs: number;
  /** Not measured: controllers find their balance. */
  readonly warmUpMs: number;
  readonly host: HostPlan;
  readonly guests: readonly GuestPlan[];
  readonly accounting: "resident" | "strict";
  /** Needs exceed the host at times: under any controller some guest goes short. */
  readonly short?: true;
  /** Guests begin with all of their memory, as those of a host without a controller do; absent: with a static split's shares. */
  readonly startsFull?: true;
  /** Needs fit only with what KSM saves. */
  readonly needsSavings?: true;
  /** A static split serves all needs: a controller must not do worse than that. */
  readonly fitsSplit?: true;
}

/** Makes a scenario; the same seed gives the same world. */
export interface ScenarioMaker {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly make: (seed: number) => Scenario;
}
