/** What `ballast status --json` prints: names are fixed, bytes are integers, what is unknown is absent. */
import type { BrokerEvent } from "./events.ts";
import type { MonitorAccess, Pressure } from "./guest.ts";
import type { RecordedMove } from "./history.ts";
import type { GuestSource } from "./inventory.ts";
import type { KsmGuestStatus, KsmStatus } from "./ksm-status.ts";
import type { Plan, Reason, Regime, Verdict } from "./plan.ts";
import type { Mode, ModeChoice } from "./settings.ts";

export interface Status {
  readonly version: string;
  /** The config's; a guest's own mode goes before it. */
  readonly mode: Mode;
  readonly host: HostStatus;
  readonly ksm?: KsmStatus;
  readonly guests: readonly GuestStatus[];
}

/** Before the host was read and the first decision made, only `accounting` is there. */
export interface HostStatus {
  readonly totalBytes?: number;
  readonly availableBytes?: number;
  readonly budgetBytes?: number;
  readonly reserveBytes?: number;
  /** The largest demand of all guests at once that is remembered: the reserve is ready for it. */
  readonly burstBytes?: number;
  readonly chargedBytes?: number;
  readonly freeBytes?: number;
  /** What the guests' processes hold that can be seen; absent: none can. */
  readonly residentBytes?: number;
  readonly accounting: "resident" | "strict";
  readonly regime?: Regime;
  readonly psiSomeAvg10?: number;
}

/** What tells of a guest's memory: its agent by the port, its agent over the network, its balloon's driver, or nothing. */
export type GuestLevel = "full" | "no-port" | "statistics only" | "none";

export interface GuestStatus {
  readonly name: string;
  readonly source: GuestSource;
  readonly level: GuestLevel;
  /** What lifts the level, in words for the admin; absent: there is nothing to add. */
  readonly lift?: string;
  /** `managed`, `held` (manual target), `inhibited`, `blind` (nothing known of its memory), `unreachable`. */
  readonly state: "managed" | "held" | "inhibited" | "blind" | "unreachable" | "excluded";
  readonly reason: Reason;
  readonly detail?: string;
  /** The guest's own mode, set by the admin; absent: the broker's holds. */
  readonly mode?: Mode;
  /** The manual target that an admin set, and how long it still holds; without a time: until the admin ends it. */
  readonly manual?: { readonly targetBytes: number; readonly leftMs?: number };
  /** What is wrong, in words for the admin. */
  readonly problem?: string;
  readonly maxBytes?: number;
  readonly minBytes?: number;
  readonly actualBytes?: number;
  readonly targetBytes?: number;
  readonly usedBytes?: number;
  readonly availableBytes?: number;
  /** What its kernel leaves idle, cache not counted; on Windows as available. */
  readonly freeBytes?: number;
  readonly floorBytes?: number;
  readonly wantBytes?: number;
  readonly residentBytes?: number;
  readonly shares: number;
  readonly pressure?: Pressure;
  readonly agent: {
    readonly connected: boolean;
    readonly transport?: "virtio-serial" | "websocket";
    readonly version?: string;
    readonly reportAgeMs?: number;
  };
  /** How commands get to its QEMU. */
  readonly monitor?: MonitorAccess;
  readonly oomKills?: number;
  /** Absent until KSM was read once. */
  readonly ksm?: KsmGuestStatus;
}

/** What `ballast explain GUEST --json` prints. */
export interface Explanation {
  readonly guest: GuestStatus;
  /** Absent before the first decision, as is the ledger. */
  readonly regime?: Regime;
  readonly ledger?: Plan["ledger"];
  readonly verdict: Verdict;
  /** Last moves of this guest, newest first; wall clock. */
  readonly moves: readonly Omit<RecordedMove, "name">[];
}

/** What `ballast info GUEST --json` prints: the raw facts. */
export interface GuestInfo {
  readonly guest: GuestStatus;
  readonly facts: object;
  /** The broker's clock, in which the facts' times are. */
  readonly nowMs?: number;
}

/** The admin's commands for KSM. */
export const KSM_COMMANDS = ["on", "off", "unmerge"] as const;
export type KsmCommand = (typeof KSM_COMMANDS)[number];

/** What `GET /v1/ksm` and `ballast ksm --json` return. */
export interface KsmReport {
  readonly ksm?: KsmStatus;
  readonly guests: readonly Pick<GuestStatus, "name" | "ksm">[];
}

/** What was found and done where no broker answers; without KSM only the text. */
export interface KsmRepair {
  readonly text: string;
  readonly run?: number;
  readonly savedBytes?: number;
  readonly pagesSharing?: number;
}

/** What an admin's command led to; `not-kept`: a restart would forget it, so it is not done. */
export type CommandAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: "refused" | "not-kept"; readonly text: string };

/** The broker's interface for the control socket. */
export interface BrokerControl {
  status(): Status;
  /** Absent: no such guest. */
  explain(name: string): Explanation | undefined;
  info(name: string): GuestInfo | undefined;
  /** Targets that were set since `sinceMs` (wall clock), oldest first: the newest `limit`. */
  decisions(sinceMs: number, limit: number): readonly RecordedMove[];
  /** Newest last, at most `limit`, with an id above `afterId`. */
  events(afterId: number, limit: number): readonly BrokerEvent[];
  /** Calls `listener` for each new event until the returned function is called. */
  onEvent(listener: (event: BrokerEvent) => void): () => void;
  /** Sets a manual target (`"auto"` ends it). The returned text says what was done, or why nothing was. */
  setManual(name: string, target: number | "auto", forMs?: number): CommandAnswer;
  /** Sets the own mode of one guest, or of all that there are now if `name` is absent. */
  setMode(mode: ModeChoice, name?: string): CommandAnswer;
  /** Carries out a command for KSM, or says in numbers why not. */
  commandKsm(order: KsmCommand): Promise<{ readonly ok: boolean; readonly text: string }>;
}
