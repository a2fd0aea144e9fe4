/** The urgent path: a guest's demand is answered before the handler returns. Nothing here waits. */
import type { BrokerObserver, Clock } from "../model/adapters.ts";
import type { GuestDemand } from "../model/guest.ts";
import type { DemandAnswer } from "../model/plan.ts";
import type { UrgentDecision } from "../policy/answer-demand.ts";
import { TokenBucket } from "../timing/token-bucket.ts";
import type { EventLog } from "./event-log.ts";
import type { GuestRecord } from "./guest-record.ts";
import { VainDemands } from "./vain-demands.ts";
import { demandText } from "./wording.ts";

/** Decisions that one guest's demands may cause. A failing guest's agent demands a few times per second. */
export const DECISIONS_PER_SECOND = 10;
const DECISIONS_BURST = 20;
/** Early ticks that demands with a partial answer may cause: of one guest, and of all. */
const EARLY_TICKS_PER_SECOND = 0.5;
const EARLY_TICKS_BURST = 5;
const ALL_EARLY_TICKS_PER_SECOND = 4;
const ALL_EARLY_TICKS_BURST = 20;

export interface DemandHandlerOptions {
  readonly clock: Pick<Clock, "nowMs">;
  readonly events: EventLog;
  readonly observer: BrokerObserver | undefined;
  /** Decides over all guests and carries out the moves. Undefined before the host was read for the first time. */
  readonly decide: (record: GuestRecord, demand: GuestDemand) => UrgentDecision | undefined;
  /** The next tick shall come early: a demand was not granted in full. */
  readonly tickSoon: () => void;
}

interface Allowance {
  readonly decisions: TokenBucket;
  readonly earlyTicks: TokenBucket;
}

export class DemandHandler {
  readonly #options: DemandHandlerOptions;
  readonly #vain = new VainDemands();
  readonly #allowances = new Map<string, Allowance>();
  readonly #earlyTicks = new TokenBucket(ALL_EARLY_TICKS_PER_SECOND, ALL_EARLY_TICKS_BURST);

  constructor(options: DemandHandlerOptions) {
    this.#options = options;
  }

  /** Answers at once. The policy decides only if that can make a difference. */
  onDemand(record: GuestRecord, demand: GuestDemand): void {
    const { name } = record.entry;
    const { clock, events, observer } = this.#options;
    const arrivedMs = clock.nowMs();
    const answer = record.connected ? this.#answer(record, demand) : unreachableAnswer(record);
    if (answer === undefined) return;
    record.agent?.send({ type: "demand-reply", demandSequence: demand.sequence, answer });
    const level = answer.outcome === "granted" ? "info" : "warn";
    observer?.answered(answer, clock.nowMs() - arrivedMs);
    events.add(level, "demand", demandText(demand, answer), name);
  }

  /** Memory, settings or limits changed: a demand that was refused may now be granted. */
  changed(): void {
    this.#vain.clear();
  }

  /** The guest is no longer managed. */
  forget(name: string): void {
    this.#allowances.delete(name);
  }

  #answer(record: GuestRecord, demand: GuestDemand): DemandAnswer | undefined {
    const { name } = record.entry;
    const known = this.#vain.recall(name, demand);
    if (known !== undefined) return known;
    const nowMs = this.#options.clock.nowMs();
    const allowance = this.#allowanceOf(name);
    if (!allowance.decisions.take(nowMs)) return tooManyAnswer(record);
    const decision = this.#options.decide(record, demand);
    if (decision === undefined) return undefined;
    const { answer, moves } = decision;
    if (moves.length > 0) this.changed();
    else if (answer.outcome === "refused") this.#vain.remember(name, demand, answer);
    if (answer.outcome !== "granted") this.#tickSoon(allowance, nowMs);
    return answer;
  }

  #tickSoon({ earlyTicks }: Allowance, nowMs: number): void {
    if (earlyTicks.take(nowMs) && this.#earlyTicks.take(nowMs)) this.#options.tickSoon();
  }

  #allowanceOf(name: string): Allowance {
    const allowance = this.#allowances.get(name) ?? {
      decisions: new TokenBucket(DECISIONS_PER_SECOND, DECISIONS_BURST),
      earlyTicks: new TokenBucket(EARLY_TICKS_PER_SECOND, EARLY_TICKS_BURST),
    };
    this.#allowances.set(name, allowance);
    return allowance;
  }
}

/** Without a connection to QEMU nothing can be given, so the ledger must not count anything as given. */
function unreachableAnswer(record: GuestRecord): DemandAnswer {
  return { outcome: "refused", grantedBytes: 0, targetBytes: sizeOf(record), reason: "inhibited" };
}

/** The guest demands faster than memory can change: the next tick decides. */
function tooManyAnswer(record: GuestRecord): DemandAnswer {
  return { outcome: "refused", grantedBytes: 0, targetBytes: sizeOf(record), reason: "host-short" };
}

function sizeOf({ balloon, monitorFacts }: GuestRecord): number {
  return balloon.targetBytes ?? balloon.actualBytes ?? monitorFacts.maxBytes ?? 0;
}
