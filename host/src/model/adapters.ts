/** The interfaces of the broker's adapters. Only `daemon/` constructs adapters. */
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

/** The broker's clocks. */
export interface Clock {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Milliseconds since 1970, for people. */
  wallMs(): number;
  /** Milliseconds since the start for which the event loop worked and did not wait; absent: not measured. */
  workedMs?(): number;
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
  /** A tick has ended: how long it took until the host was read and the guests had answered, and then to decide and command. */
  ticked(took: TickTimes): void;
}

/** How long a tick took, in milliseconds. */
export interface TickTimes {
  /** Until the host was read and the guests had answered. */
  readonly observeMs: number;
  /** To decide and command after that. */
  readonly decideMs: number;
  /** For which the event loop worked from the tick's beginning to its end, and did not wait; absent: not measured. */
  readonly workMs?: number;
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
  /** Why QEMU could not be queried, in words for the admin. */
  readonly problem?: string;
}

/** How QEMU is observed. */
export interface ObserveOptions {
  /** Nothing is changed (`mode: observe`), and earlier changes are put back. */
  readonly readOnly?: boolean;
  /** What was seen at most this many milliseconds ago is new enough, unless something has happened since. 0 if absent. */
  readonly mostAgeMs?: number;
}

/** One guest's QEMU: observed and driven through its monitor. */
export interface GuestMonitor {
  /** Absent: its monitor is its own. */
  readonly access?: MonitorAccess;
  /** Queries QEMU now, unless the options say otherwise. Never rejects: a failure is in `problem` and in the inhibition `unreachable`. */
  observe(options?: ObserveOptions): Promise<MonitorFacts>;
  /** Commands a balloon target. Resolves when QEMU has acknowledged it; otherwise rejects with a typed error. */
  setTarget(targetBytes: number): Promise<void>;
  /** Lets KSM merge the guest's memory or not. Rejects with a typed error. Switching off unmerges pages before it resolves. */
  setMerging(on: boolean): Promise<void>;
  close(): Promise<void>;
}

/** The events of a monitor. */
export interface MonitorListener {
  /** The balloon moved (QMP `BALLOON_CHANGE`). */
  onBalloonChange(actualBytes: number): void;
  /** The guest was reset: a new boot begins. */
  onReset(): void;
  /** Memory was or may have been plugged or unplugged: the next observation tells. */
  onMemoryDoubted(): void;
  /** The connection to QEMU was lost or came back. */
  onConnection(connected: boolean, problem?: string): void;
}

/** The host's end of one guest's agent channel. */
export interface AgentLink {
  facts(): AgentFacts;
  /** Does nothing without a session, or for a demand of another session. */
  send(message: HostMessage): void;
  close(): Promise<void>;
}

/** The host's messages to a guest in its session. */
export type HostMessage =
  | { readonly type: "demand-reply"; readonly demandSequence: number; readonly answer: DemandAnswer }
  /** The balloon will inflate by `inflateBytes`. */
  | { readonly type: "inflation-notice"; readonly targetBytes: number; readonly inflateBytes: number };

/** Takes an agent's messages. It alone keeps them: a channel keeps no report. */
export interface AgentListener {
  /** Full size of the guest, with which its figures are compared; undefined until QEMU reports it. */
  fullBytes(): number | undefined;
  /** What the guest may see as memory beyond that. */
  uncountedBytes(): number;
  /** The guest reports more memory than QEMU does: QEMU must be queried again. */
  onSizeDoubted(): void;
  /** A session began in another boot of the guest than the last session. */
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

/** The processes that are connected to a process's unix sockets. */
export interface SocketClients {
  /** Empty when there is none or it is unknown. Never rejects. */
  of(processId: number): Promise<readonly SocketClient[]>;
}

/** What QEMU processes hold. */
export interface ProcessMemoryReader {
  /** These will be read one after the other: what has to be searched for is searched for once for all. */
  expect?(qmpPaths: readonly string[]): void;
  /** Absent while the process is unknown or gone. */
  read(qmpPath: string): Promise<ProcessMemory | undefined>;
}
