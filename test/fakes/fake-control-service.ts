/** A broker that only shows: three guests in typical states, and events on command. */
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { BrokerEvent } from "../../host/src/model/events.ts";
import type { RecordedMove } from "../../host/src/model/history.ts";
import type { KsmStatus, UnmergeProgress } from "../../host/src/model/ksm-status.ts";
import type { ModeChoice } from "../../host/src/model/settings.ts";
import type {
  BrokerControl,
  CommandAnswer,
  Explanation,
  GuestInfo,
  GuestStatus,
  KsmCommand,
  Status,
} from "../../host/src/model/status.ts";

export const WEB: GuestStatus = {
  name: "web1",
  source: "static",
  level: "full",
  state: "managed",
  reason: "demand",
  maxBytes: 2 * GIB,
  minBytes: 512 * MIB,
  actualBytes: 768 * MIB,
  targetBytes: 1024 * MIB,
  usedBytes: 600 * MIB,
  availableBytes: 168 * MIB,
  floorBytes: 700 * MIB,
  wantBytes: 860 * MIB,
  residentBytes: 740 * MIB,
  shares: 2000,
  pressure: "moderate",
  agent: { connected: true, transport: "virtio-serial", version: "0.1.0", reportAgeMs: 240 },
  oomKills: 0,
};

export const DB: GuestStatus = {
  name: "db1",
  source: "static",
  level: "statistics only",
  lift: "install ballast-agent in the guest, or start it there",
  state: "managed",
  reason: "hold-agent-lost",
  maxBytes: 16 * GIB,
  minBytes: 4 * GIB,
  actualBytes: 8 * GIB,
  targetBytes: 8 * GIB,
  shares: 1000,
  agent: { connected: false, transport: "virtio-serial" },
  problem: "the agent's channel has been silent for 42 s",
};

export const OLD: GuestStatus = {
  name: "old1",
  source: "static",
  level: "none",
  state: "unreachable",
  reason: "inhibited",
  detail: "unreachable",
  shares: 1000,
  agent: { connected: false },
  problem: "no QMP greeting on /run/vm/old1.qmp: another client holds the monitor",
};

export const KSM: KsmStatus = {
  ...{ mode: "observe", run: 1, pagesSharing: 45_000, savedBytes: 175 * MIB, pagesShared: 9_000 },
  ...{
    reason: "observe",
    text: "KSM is only observed",
    pagesToScan: 1250,
    sleepMs: 20,
    fullScans: 7,
    pressurePercent: 12,
  },
};

export const STATUS: Status = {
  version: "0.1.0",
  mode: "act",
  host: {
    totalBytes: 24 * GIB,
    availableBytes: 13.5 * GIB,
    budgetBytes: 12 * GIB,
    reserveBytes: 512 * MIB,
    chargedBytes: 9 * GIB,
    freeBytes: 2.5 * GIB,
    residentBytes: 8909 * MIB,
    accounting: "resident",
    regime: "tight",
    psiSomeAvg10: 0.25,
  },
  ksm: KSM,
  guests: [WEB, DB, OLD],
};

export const EXPLANATION: Explanation = {
  guest: WEB,
  regime: "tight",
  ledger: {
    budgetBytes: 12 * GIB,
    reserveBytes: 512 * MIB,
    burstBytes: 300 * MIB,
    chargedBytes: 9 * GIB,
    freeBytes: 2.5 * GIB,
  },
  verdict: {
    name: "web1",
    source: "agent",
    kind: "pay-debt",
    reason: "demand",
    detail: "demanded 200.0 MiB",
    pressure: "moderate",
    actualBytes: 768 * MIB,
    targetBytes: 1024 * MIB,
    usedBytes: 600 * MIB,
    availableBytes: 168 * MIB,
    hotCacheBytes: 20 * MIB,
    headroomBytes: 80 * MIB,
    growthBytesPerSecond: 50 * MIB,
    floorBytes: 700 * MIB,
    wantBytes: 860 * MIB,
    entitledBytes: 1024 * MIB,
    chargeBytes: 740 * MIB,
    exposureBytes: 28 * MIB,
  },
  moves: [
    { atMs: Date.UTC(2025, 0, 2, 3, 4, 5, 678), fromBytes: 768 * MIB, toBytes: 1024 * MIB, reason: "demand" },
  ],
};

export interface ManualCall {
  readonly name: string;
  readonly target: number | "auto";
  readonly forMs: number | undefined;
}

export class FakeBrokerView implements BrokerControl {
  readonly manualCalls: ManualCall[] = [];
  readonly modeCalls: { readonly mode: ModeChoice; readonly name: string | undefined }[] = [];
  readonly ksmOrders: KsmCommand[] = [];
  /** What `status()` tells of an unmerge, one after the other; the last one stays. */
  unmergeSteps: UnmergeProgress[] = [];
  readonly #events: BrokerEvent[] = [];
  readonly #listeners = new Set<(event: BrokerEvent) => void>();
  /** Further guests of `status()`. */
  more: readonly GuestStatus[] = [];
  /** Thrown by the next `status()`. */
  failure: Error | undefined;

  get listeners(): number {
    return this.#listeners.size;
  }

  status(): Status {
    if (this.failure !== undefined) throw this.failure;
    const unmerge = this.unmergeSteps.length > 1 ? this.unmergeSteps.shift() : this.unmergeSteps[0];
    const status = { ...STATUS, guests: [...STATUS.guests, ...this.more] };
    return unmerge === undefined ? status : { ...status, ksm: { ...KSM, unmerge } };
  }

  explain(name: string): Explanation | undefined {
    return name === "web1" ? EXPLANATION : undefined;
  }

  info(name: string): GuestInfo | undefined {
    if (name !== "web1") return undefined;
    const facts = {
      limits: { minBytes: 512 * MIB, shares: 2000 },
      inhibitions: [],
      report: { bootId: "b\u001b[2J" },
    };
    return { guest: WEB, facts };
  }

  decisions(sinceMs: number, limit: number): readonly RecordedMove[] {
    const all = EXPLANATION.moves.map((move) => ({ name: "web1", ...move }));
    return all.filter(({ atMs }) => atMs >= sinceMs).slice(0, limit);
  }

  events(afterId: number, limit: number): readonly BrokerEvent[] {
    return this.#events.filter(({ id }) => id > afterId).slice(-limit);
  }

  onEvent(listener: (event: BrokerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setManual(name: string, target: number | "auto", forMs?: number): CommandAnswer {
    this.manualCalls.push({ name, target, forMs });
    if (name === "old1") return { ok: false, code: "refused", text: "old1 cannot be reached" };
    return { ok: true, text: target === "auto" ? `${name} is let go` : `${name} is held at ${target} bytes` };
  }

  setMode(mode: ModeChoice, name?: string): CommandAnswer {
    this.modeCalls.push({ mode, name });
    return { ok: true, text: `${name ?? "3 guests"}: ${mode}` };
  }

  async commandKsm(order: KsmCommand) {
    this.ksmOrders.push(order);
    if (order === "unmerge" && this.unmergeSteps.length === 0)
      return { ok: false, text: "unmerging 175 MiB needs 210 MiB: nothing is done" };
    return { ok: true, text: `KSM is ${order}` };
  }

  /** Tells every listener, like the broker's events does. */
  emit(text: string, guest?: string): BrokerEvent {
    const id = this.#events.length + 1;
    const atMs = Date.UTC(2025, 0, 2, 3, 4, id);
    const event: BrokerEvent = {
      id,
      atMs,
      level: "info",
      kind: "move",
      text,
      ...(guest === undefined ? {} : { guest }),
    };
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
    return event;
  }
}
