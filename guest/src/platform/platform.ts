/** What the agent needs of an operating system. Each system has its own module, loaded and bundled only where it runs. */
import type { OsFamily } from "@ballast/proto";
import type { ByteStream } from "../link/link.ts";
import type { FindReaders } from "../link/token-file.ts";
import type { Log, LogLevel } from "../log.ts";
import type { GuestTraits, MemorySample } from "../sample/memory-sample.ts";
import type { ServiceManager } from "../service/service-manager.ts";
import type { Roots } from "./roots.ts";

/** Takes samples of this guest's memory. Whatever cannot be read is absent from them; nothing throws. */
export interface MemoryReader {
  readonly traits: GuestTraits;
  /** `urgent`: read all figures that decide about a demand, however recent the last ones are. */
  read(nowMs: number, urgent: boolean): MemorySample;
  /**
   * A first look: whether nothing moved since the last sample and nothing else is to be read. It costs less than a sample. Absent where there
   * is no such look. `isLasting`: nothing has changed for a long time, so that the rest is read more seldom.
   */
  isUnchanged?(nowMs: number, isLasting: boolean): boolean;
  close(): void;
}

/** What came of making the process fit to work while the guest starves. */
export interface Prepared {
  readonly memoryLocked: boolean;
  /** Begins to watch for what must not wait for the next sample; absent where the system cannot be asked. */
  readonly watchEvents: ((events: Events) => Watch) | undefined;
  /** Gives back what the start needed, once it is over and nothing is urgent. */
  readonly settle?: (() => void) | undefined;
}

/** What is called for each kind of event. */
export interface Events {
  /** The host spoke. */
  readonly channel: () => void;
  /** Memory is short. */
  readonly stall: () => void;
}

/** Tells once, after each `watch`, when the channel has something to read or the system is short of memory. */
export interface Watch {
  /** Goes on, and looks at the channel's descriptor too. */
  watch(channelDescriptor: number | undefined): void;
  /** Waits on this thread; false as soon as something happened. Absent where only the loop can wait. */
  doze?(ms: number): boolean;
  /** Lets the process end. */
  close(): void;
}

/** This process as a service of its operating system. */
export interface RunningService {
  /** Writes a line where the system keeps those of its services; false: it was not taken. */
  log(level: LogLevel, text: string): boolean;
  /** Runs `stop` when the system wants the service to end. */
  onStop(stop: () => void): void;
  /** The agent has ended, as it was told to. */
  stopped(): void;
  /** The agent ends because something failed. */
  failed(): void;
}

export interface Platform {
  readonly os: OsFamily;
  /** The operating system's release, for people. */
  osVersion(): string;
  /** Differs from boot to boot. */
  bootId(roots: Roots): string;
  /** `bytes` random bytes as hex. */
  randomHex(bytes: number): string;
  openReader(roots: Roots): MemoryReader;
  /** Priority, native calls and memory; `warmUp` walks the code that must stay in memory. Says in the log what it may not do. */
  prepare(log: Log, roots: Roots, warmUp: () => void): Promise<Prepared>;
  /** The channel over virtio-serial: the port at `path`, or the one named org.ballast.agent.0. */
  openPort(path: string | undefined, roots: Roots): ByteStream;
  /** Whether standard error takes a line at once; absent where the system cannot be asked. */
  readonly isStderrReady?: (() => boolean) | undefined;
  /** Why others may read a file with a secret; for systems whose file mode does not tell. */
  readonly findReaders?: FindReaders;
  /** For `run --service`, where services must speak with what starts them. */
  enterService?(): Promise<RunningService>;
  /** What installs the agent as a service here. */
  loadServiceManager(): Promise<ServiceManager>;
}
