/** What a controller sees of a simulated world and may do in it: what its real counterpart sees and does on a host. */
import type { BalloonStats, GuestDemand, GuestLimits, GuestReport, UseForecast } from "../model/guest.ts";
import type { KsmFacts } from "../model/host.ts";
import type { DemandAnswer } from "../model/plan.ts";
import type { Phase } from "./scenario.ts";

/** One guest as the host sees it. */
export interface GuestView {
  readonly name: string;
  readonly limits: GuestLimits;
  readonly fullBytes: number;
  readonly os: "linux" | "windows";
  /** QMP `query-balloon`. */
  readonly actualBytes: number;
  /** Last target commanded in this boot; absent: none. */
  readonly targetBytes: number | undefined;
  /** The driver's newest statistics, as old as its polling; absent: no driver answers. */
  readonly stats: BalloonStats | undefined;
  /** What its process holds. */
  readonly residentBytes: number;
  readonly swappedBytes: number;
  /** When it booted last; absent: not running. */
  readonly bootedAtMs: number | undefined;
  readonly agentConnected: boolean;
  /** Newest report of the running session. */
  readonly report: GuestReport | undefined;
  /** What a history would forecast of its use now. */
  forecastAt?(nowMs: number): UseForecast | undefined;
}

/** The host's own figures. */
export interface HostView {
  readonly totalBytes: number;
  /** MemAvailable: free and page cache, not ZFS's cache. */
  readonly availableBytes: number;
  readonly arcBytes: number;
  readonly arcMinBytes: number;
  readonly psiSomeAvg10: number;
  readonly ksm: KsmFacts | undefined;
}

/** The world as a controller sees it. */
export interface WorldView {
  readonly nowMs: number;
  readonly host: HostView;
  readonly guests: readonly GuestView[];
  /** Commands a balloon. */
  setTarget(name: string, targetBytes: number): void;
  /** Requests the next tick within a time. */
  tickWithin(delayMs: number): void;
  /** Answers an agent's demand. */
  answer(name: string, sequence: number, answer: DemandAnswer): void;
}

/** The future, for the clairvoyant only. */
export interface Future {
  /** The phase of a guest at a time; absent: it is not running then. */
  phaseAt(name: string, atMs: number): Phase | undefined;
  /** Kernel and other memory that the guest cannot give, beside its programs'. */
  fixedBytes(name: string): number;
  /** What its process holds beside the guest's memory. */
  overheadBytes(name: string): number;
  hostOwnBytes(atMs: number): number;
  /** What KSM saves at a time. */
  savedBytes(atMs: number): number;
}

/** A balloon controller. */
export interface Controller {
  readonly name: string;
  /** Time between two decisions. */
  readonly tickMs: number;
  /** One tick; resolves with the longest time to the next one. */
  tick(world: WorldView): number;
  /** A guest began to boot: its balloon is empty. */
  booted?(world: WorldView, name: string): void;
  /** An agent demanded; only controllers that talk to agents have it. */
  demanded?(world: WorldView, name: string, demand: GuestDemand): void;
}

/** Makes a controller for one run. */
export interface ControllerMaker {
  readonly name: string;
  /** One line: whose rule it is. */
  readonly title: string;
  /** Whether guests have their balloons deflate on OOM under it, whatever the scenario says. */
  readonly deflateOnOom?: boolean;
  readonly make: (setup: ControllerSetup) => Controller;
}

/** What a controller may know before it starts. */
export interface ControllerSetup {
  readonly accounting: "resident" | "strict";
  /** Sum that all guests could have without overcommitting the host, for controllers that split it once. */
  readonly splitBytes: number;
  readonly future: Future;
}
