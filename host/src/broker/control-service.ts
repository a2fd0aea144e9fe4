/** The control socket's view of the broker: status, explanations and facts from its newest state, and the admin's commands. */

import type { Clock } from "../model/adapters.ts";
import { formatMib, sum } from "../model/bytes.ts";
import type { BrokerEvent } from "../model/events.ts";
import type { RecordedMove } from "../model/history.ts";
import { NameIndex } from "../model/name-index.ts";
import type { IntentKind, LedgerView, Verdict } from "../model/plan.ts";
import type { Mode, ModeChoice } from "../model/settings.ts";
import { StateNotKeptError } from "../model/state-not-kept.ts";
import type {
  BrokerControl,
  CommandAnswer,
  Explanation,
  GuestInfo,
  GuestStatus,
  HostStatus,
  KsmCommand,
  Status,
} from "../model/status.ts";
import type { Broker } from "./broker.ts";
import type { EventLog } from "./event-log.ts";
import { type LevelOfGuest, levelOf } from "./guest-level.ts";
import type { GuestRecord } from "./guest-record.ts";
import type { KsmController } from "./ksm/ksm-controller.ts";
import { recentMoves } from "./recent-moves.ts";
import { guestFacts, inhibitionsOf } from "./snapshot.ts";
import { formatSpan } from "./wording.ts";

const NO_VERDICTS: readonly Verdict[] = [];

export class ControlService implements BrokerControl {
  readonly #verdicts = new NameIndex<Verdict>();
  readonly #broker: Broker;
  readonly #events: EventLog;
  readonly #clock: Clock;
  readonly #version: string;
  readonly #ksm: KsmController | undefined;

  constructor(broker: Broker, events: EventLog, clock: Clock, version: string, ksm?: KsmController) {
    this.#broker = broker;
    this.#events = events;
    this.#clock = clock;
    this.#version = version;
    this.#ksm = ksm;
  }

  status(): Status {
    const ksm = this.#ksm?.status();
    const { policy } = this.#broker.settings;
    return {
      version: this.#version,
      mode: policy.mode,
      host: this.#hostStatus(),
      ...(ksm !== undefined && { ksm }),
      guests: this.#broker.records().map((record) => this.#guestStatus(record)),
    };
  }

  explain(name: string): Explanation | undefined {
    const record = this.#broker.record(name);
    if (record === undefined) return undefined;
    const plan = this.#broker.plan;
    return {
      guest: this.#guestStatus(record),
      ...(plan !== undefined && { regime: plan.regime, ledger: ledgerOf(plan.ledger) }),
      verdict: this.#verdict(record) ?? { name, source: "none", ...unknown(record) },
      moves: record.balloon.moves,
    };
  }

  info(name: string): GuestInfo | undefined {
    const record = this.#broker.record(name);
    if (record === undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    const facts = guestFacts(record, nowMs);
    return { guest: this.#guestStatus(record), facts: { entry: record.entry, ...facts }, nowMs };
  }

  events(afterId: number, limit: number): readonly BrokerEvent[] {
    return this.#events.since(afterId, limit);
  }

  onEvent(listener: (event: BrokerEvent) => void): () => void {
    return this.#events.follow(listener);
  }

  decisions(sinceMs: number, limit: number): readonly RecordedMove[] {
    const guests = this.#broker
      .records()
      .map(({ entry, balloon }) => ({ name: entry.name, moves: balloon.moves }));
    return recentMoves(guests, sinceMs, limit);
  }

  setManual(name: string, target: number | "auto", forMs?: number): CommandAnswer {
    const record = this.#broker.record(name);
    if (record === undefined) return refused(`no guest is called ${name}`);
    const refusal = target === "auto" ? undefined : refusalOf(record, target);
    if (refusal !== undefined) return refused(refusal);
    const notKept = keeping(() =>
      this.#broker.setManualTarget(record, target === "auto" ? undefined : target, forMs),
    );
    if (notKept !== undefined) return notKept;
    return target === "auto" ? this.#tellAuto(name) : this.#tellManual(name, target, forMs);
  }

  setMode(choice: ModeChoice, name?: string): CommandAnswer {
    const records = this.#broker.records().filter(({ entry }) => name === undefined || entry.name === name);
    if (name !== undefined && records.length === 0) return refused(`no guest is called ${name}`);
    const own = choice === "config" ? undefined : choice;
    const changed = records.filter(({ entry }) => this.#broker.ownMode(entry.name) !== own);
    const notKept = keeping(() => this.#broker.setModes(changed, choice));
    if (notKept !== undefined) return notKept;
    const text = modeText(choice, this.#broker.settings.policy.mode);
    for (const { entry } of changed) this.#events.add("info", "mode", text, entry.name);
    return { ok: true, text: this.#modeAnswer(records, choice, name) };
  }

  #modeAnswer(records: readonly GuestRecord[], choice: ModeChoice, name: string | undefined): string {
    const { policy, onStop } = this.#broker.settings;
    const mode = choice === "config" ? policy.mode : choice;
    const alone = records.filter(({ isLeftAlone }) => isLeftAlone).length;
    const notes = [
      mode === "observe" && `what was lent of it ${onStop === "release" ? "is given back" : "stays lent"}`,
      mode === "act" && alone > 0 && `${name ?? alone} left alone all the same: see ballast explain`,
      name === undefined &&
        choice !== "config" &&
        `a guest that is new follows the config, which says ${policy.mode}`,
    ].filter((note) => note !== false);
    const whose = name ?? `${records.length} guests`;
    return [`${whose}: ${modeText(choice, policy.mode)}`, ...notes].join("; ");
  }

  async commandKsm(order: KsmCommand): Promise<{ ok: boolean; text: string }> {
    const ksm = this.#ksm;
    return ksm === undefined ? { ok: false, text: "this broker does not control KSM" } : ksm.order(order);
  }

  #tellManual(name: string, targetBytes: number, forMs: number | undefined): CommandAnswer {
    const during = forMs === undefined ? "until it is ended" : `for ${formatSpan(forMs)}`;
    const observed = this.#broker.isActing(name) ? "" : "; it is only observed, so nothing is moved";
    const text = `manual target ${formatMib(targetBytes)} ${during}${observed}`;
    this.#events.add("info", "manual", text, name);
    return { ok: true, text: `${name}: ${text}` };
  }

  #tellAuto(name: string): CommandAnswer {
    this.#events.add("info", "manual", "its manual target ended: the broker balances it again", name);
    return { ok: true, text: `${name}: balanced by the broker again` };
  }

  #hostStatus(): HostStatus {
    const { host, plan, settings } = this.#broker;
    return {
      ...known({
        totalBytes: host?.totalBytes,
        availableBytes: host?.availableBytes,
        ...(plan !== undefined && ledgerOf(plan.ledger)),
        residentBytes: this.#residentBytes(),
        psiSomeAvg10: host?.psiSomeAvg10,
      }),
      accounting: settings.policy.accounting,
      ...(plan !== undefined && { regime: plan.regime }),
    };
  }

  /** The sum over processes that can be seen; undefined: none can. */
  #residentBytes(): number | undefined {
    const seen = this.#broker.records().flatMap(({ processMemory }) => processMemory ?? []);
    if (seen.length === 0) return undefined;
    return sum(seen, ({ residentBytes, swappedBytes }) => residentBytes + swappedBytes);
  }

  #verdict({ entry }: GuestRecord): Verdict | undefined {
    return this.#verdicts.find(this.#broker.plan?.verdicts ?? NO_VERDICTS, entry.name);
  }

  #guestStatus(record: GuestRecord): GuestStatus {
    const limits = record.limits();
    const verdict = this.#verdict(record);
    const { reason, detail }: Why = verdict ?? unknown(record);
    const problem = problemOf(record);
    const ksm = this.#ksm?.guest(record.entry.name);
    const mode = this.#broker.ownMode(record.entry.name);
    return {
      name: record.entry.name,
      source: record.entry.source,
      ...levelOfRecord(record),
      state: stateOf(record, verdict, this.#clock.nowMs()),
      reason,
      ...(detail !== undefined && { detail }),
      ...(mode !== undefined && { mode }),
      ...manualOf(record, this.#clock.nowMs()),
      ...(problem !== undefined && { problem }),
      ...(limits !== undefined && { maxBytes: limits.maxBytes, minBytes: limits.minBytes }),
      ...known({ actualBytes: record.balloon.actualBytes, targetBytes: record.balloon.targetBytes }),
      ...known({ usedBytes: verdict?.usedBytes, availableBytes: verdict?.availableBytes }),
      ...known({ freeBytes: freeBytesOf(record) }),
      ...known({ floorBytes: verdict?.floorBytes, wantBytes: verdict?.wantBytes }),
      ...known({
        residentBytes:
          record.processMemory && record.processMemory.residentBytes + record.processMemory.swappedBytes,
      }),
      shares: record.entry.shares,
      ...(verdict?.pressure !== undefined && { pressure: verdict.pressure }),
      agent: this.#agentStatus(record),
      ...(record.monitor.access !== undefined && { monitor: record.monitor.access }),
      ...known({ oomKills: record.boot.oomKills }),
      ...(ksm !== undefined && { ksm }),
    };
  }

  #agentStatus(record: GuestRecord): GuestStatus["agent"] {
    const facts = record.agent?.facts();
    const { report } = record.boot;
    return {
      connected: facts?.connected ?? false,
      ...(facts !== undefined && { transport: facts.transport }),
      ...(facts?.version !== undefined && { version: facts.version }),
      ...(report !== undefined && {
        reportAgeMs: Math.max(0, Math.round(this.#clock.nowMs() - report.receivedAtMs)),
      }),
    };
  }
}

/** As the balloon's driver tells it, else as the agent does. Windows' driver gives what is available, so its agent's word is taken alike. */
function freeBytesOf({ monitorFacts, boot, agent }: GuestRecord): number | undefined {
  const driver = monitorFacts.stats?.freeBytes;
  if (driver !== undefined || boot.report === undefined) return driver;
  const { freeBytes, availableBytes } = boot.report;
  return agent?.facts().osFamily === "windows" ? availableBytes : freeBytes;
}

function manualOf(record: GuestRecord, nowMs: number): Pick<GuestStatus, "manual"> {
  const manual = record.manualTarget(nowMs);
  if (manual === undefined) return {};
  const left = manual.untilMs !== undefined && { leftMs: Math.round(manual.untilMs - nowMs) };
  return { manual: { targetBytes: manual.targetBytes, ...left } };
}

function levelOfRecord({ entry, agent, monitorFacts }: GuestRecord): LevelOfGuest {
  const facts = agent?.facts();
  const { stats } = monitorFacts;
  return levelOf({
    entry,
    ...(facts?.connected && { transport: facts.transport }),
    hasStatistics: stats?.availableBytes !== undefined || stats?.freeBytes !== undefined,
  });
}

function modeText(choice: ModeChoice, configured: Mode): string {
  if (choice === "config") return `its mode is the config's again, which says ${configured}`;
  return ownModeText(choice);
}

function ownModeText(mode: Mode): string {
  return mode === "act"
    ? "its balloon is moved from now on (act)"
    : "its balloon is left as it is from now on (observe)";
}

/** Does what must be kept over a restart; the answer if it cannot be. */
function keeping(change: () => void): CommandAnswer | undefined {
  try {
    change();
    return undefined;
  } catch (error) {
    if (!(error instanceof StateNotKeptError)) throw error;
    return { ok: false, code: "not-kept", text: `nothing is changed: ${error.message}` };
  }
}

function refused(text: string): CommandAnswer {
  return { ok: false, code: "refused", text };
}

/** Why a manual target cannot be set; absent: it can. */
function refusalOf(record: GuestRecord, targetBytes: number): string | undefined {
  const { name } = record.entry;
  const limits = record.limits();
  if (limits === undefined) return `the size of ${name} is not known yet: its QEMU has not answered`;
  if (targetBytes >= limits.minBytes && targetBytes <= limits.maxBytes) return undefined;
  const range = `${formatMib(limits.minBytes)} to ${formatMib(limits.maxBytes)}`;
  return `${formatMib(targetBytes)} is outside of the bounds of ${name}: ${range}`;
}

/** The shown part of the ledger. */
function ledgerOf({
  budgetBytes,
  reserveBytes,
  burstBytes,
  chargedBytes,
  freeBytes,
}: LedgerView): LedgerView {
  return { budgetBytes, reserveBytes, burstBytes, chargedBytes, freeBytes };
}

/** Leaves out what is unknown. */
function known<T extends Record<string, number | undefined>>(values: T): { [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: number;
  };
}

type Why = Pick<Verdict, "kind" | "reason" | "detail" | "inhibition">;

/** The reason for a guest whose size is unknown: the policy does not decide about it. */
function unknown({ monitorFacts }: GuestRecord): Why {
  const isUnreachable = monitorFacts.inhibitions.includes("unreachable");
  return isUnreachable
    ? { kind: "inhibited", reason: "inhibited", detail: "unreachable", inhibition: "unreachable" }
    : { kind: "no-information", reason: "no-information" };
}

/** The worst problem. What passes without an admin's help is shown as state and detail only. */
function problemOf(record: GuestRecord): string | undefined {
  const [worst] = record.problems.filter(({ level }) => level === "warn");
  const agentProblem = record.agent?.facts().problem;
  return worst === undefined || LESSER.has(worst.key) ? (agentProblem ?? worst?.text) : worst.text;
}

/** Problems that come after all others: `blind` mostly follows from the agent's problem; `process` only makes the host lend less. */
const LESSER: ReadonlySet<string> = new Set(["blind", "process"]);

const BLIND: ReadonlySet<IntentKind> = new Set(["no-information", "stale-report"]);
const INHIBITED: ReadonlySet<IntentKind> = new Set(["inhibited", "booting"]);

function stateOf(record: GuestRecord, verdict: Verdict | undefined, nowMs: number): GuestStatus["state"] {
  const inhibitions = inhibitionsOf(record, nowMs);
  if (inhibitions.includes("unreachable")) return "unreachable";
  if (record.isLeftAlone) return "excluded";
  if (inhibitions.length > 0) return "inhibited";
  if (record.balloon.other !== undefined || record.manualTarget(nowMs) !== undefined) return "held";
  if (verdict === undefined || verdict.source === "none" || BLIND.has(verdict.kind)) return "blind";
  return INHIBITED.has(verdict.kind) ? "inhibited" : "managed";
}
