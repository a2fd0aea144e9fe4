/** What the broker needs from the world; adapters provide it, only `daemon/` connects them. */
import type {
  AgentFacts,
  BalloonFacts,
  BalloonStats,
  GuestDemand,
  GuestReport,
  Inhibition,
  MonitorAccess,
  ProcessMemory,
} from "./guest.ts";
import type { HostFacts } from "./host.ts";
import type { Merging } from "./ksm.ts";
import type { DemandAnswer, Move } from "./plan.ts";

/** Time as the broker knows it. */
export interface Clock {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Milliseconds since 1970, for people. */
  wallMs(): number;
}

/** A log in which `fields` stay machine-readable. Never pass a token or raw guest input. */
export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** Is told of what the broker does, for figures; must not throw. */
export interface BrokerObserver {
  /** A balloon was commanded. `fromBytes` is absent where the size before is not known. */
  moved(move: Pick<Move, "toBytes" | "reason"> & { readonly fromBytes?: number }): void;
  /** A demand was answered; `tookMs` from its arrival, with all that was decided and commanded. */
  answered(answer: DemandAnswer, tookMs: number): void;
}

/** What observing a guest's QEMU gives. */
export interface MonitorFacts {
  readonly balloon?: BalloonFacts;
  readonly stats?: BalloonStats;
  readonly inhibitions: readonly Inhibition[];
  /** Full size of the guest's memory as its balloon counts it, when QEMU told. */
  readonly maxBytes?: number;
  /** Memory devices beyond that, which the guest may use as memory though its balloon does not count them; absent: none. */
  readonly uncountedBytes?: number;
  /** Whether KSM may merge the guest's memory, when QEMU told. */
  readonly merging?: Merging;
  /** Why QEMU could not be asked, in words for the admin. */
  readonly problem?: string;
}

/** How QEMU is observed. */
export interface ObserveOptions {
  /** Nothing at all is changed (`mode: observe`), and what was changed before is put back. */
  readonly readOnly?: boolean;
}

/** One guest's QEMU: observed and driven through its monitor. */
export interface GuestMonitor {
  /** Absent: its monitor is its own. */
  readonly access?: MonitorAccess;
  /** Asks QEMU now; never rejects: what failed is in `problem` and the inhibition `unreachable`. */
  observe(options?: ObserveOptions): Promise<MonitorFacts>;
  /** Commands a balloon target; resolves when QEMU acknowledged, rejects with a typed error else. */
  setTarget(targetBytes: number): Promise<void>;
  /** Lets KSM merge the guest's memory or not; rejects with a typed error. Off takes merged pages apart before it resolves. */
  setMerging(on: boolean): Promise<void>;
  close(): Promise<void>;
}

/** What a monitor tells unasked. */
export interface MonitorListener {
  /** The balloon moved (QMP `BALLOON_CHANGE`). */
  onBalloonChange(actualBytes: number): void;
  /** The guest was reset: a new boot begins. */
  onReset(): void;
  /** Memory came or went, or may have: the next observation tells. */
  onMemoryDoubted(): void;
  /** QEMU went away or came back. */
  onConnection(connected: boolean, problem?: string): void;
}

/** One guest's agent channel, seen from the host. */
export interface AgentLink {
  facts(): AgentFacts;
  /** Nothing happens without a session, or for a demand that is not of this session. */
  send(message: HostMessage): void;
  close(): Promise<void>;
}

/** What the host tells a guest in its session. */
export type HostMessage =
  | { readonly type: "demand-reply"; readonly demandSequence: number; readonly answer: DemandAnswer }
  /** The balloon is about to grow by `inflateBytes`. */
  | { readonly type: "inflation-notice"; readonly targetBytes: number; readonly inflateBytes: number };

/** Takes what an agent tells. It is the only owner of that: a channel keeps no report. */
export interface AgentListener {
  /** Full size of the guest, against which its claims are checked; absent while QEMU has not told. */
  fullBytes(): number | undefined;
  /** What the guest may see as memory beyond that. */
  uncountedBytes(): number;
  /** The guest tells of more memory than QEMU told of: QEMU is to be asked again. */
  onSizeDoubted(): void;
  /** A session began in a boot of the guest that is not the one of the session before. */
  onBoot(bootId: string): void;
  onReport(report: GuestReport): void;
  onDemand(demand: GuestDemand): void;
  /** A session began, ended or was refused; `text` is for the admin. */
  onSession(level: "info" | "warn", text: string): void;
}

/** The host's own figures. */
export interface HostReader {
  read(): Promise<HostFacts>;
}

/** A program that is connected to one of a process's unix sockets. */
export interface SocketClient {
  readonly pid: number;
  readonly name: string;
  /** Of the socket that it is connected to. */
  readonly path: string;
}

/** Who is connected to a process's unix sockets. */
export interface SocketClients {
  /** Empty when there is none, or it cannot be told. Never rejects. */
  of(processId: number): Promise<readonly SocketClient[]>;
}

/** What QEMU processes hold. */
export interface ProcessMemoryReader {
  /** Absent while the process is unknown or gone. */
  read(qmpPath: string): Promise<ProcessMemory | undefined>;
}
