import { sum } from "../model/bytes.ts";
import type { Notice, Plan } from "../model/plan.ts";
import type { PolicySettings } from "../model/settings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { type Assessment, assess } from "./assess.ts";
import { burstPeakBytes } from "./bursts.ts";
import { entitle } from "./entitle.ts";
import { type Funded, fund } from "./fund.ts";
import { holdOnTaking, takingScene } from "./holds.ts";
import { learn } from "./learn.ts";
import { keepBooks, mostBudgetBytes } from "./ledger.ts";
import type { PolicyMemory } from "./memory.ts";
import { type Intent, intend } from "./motion.ts";
import { movesOf, remember, repeatsOf, verdictOf } from "./outcome.ts";
import type { ProgressReport } from "./progress.ts";
import { drawnAheadBytes, isHurried, learnPull } from "./pull.ts";
import { judgeRegime } from "./regime.ts";

/** A decision and what to remember of it. */
export interface Decision {
  readonly plan: Plan;
  readonly memory: PolicyMemory;
}

/** Time that the first decision counts as passed, for paces. */
const FIRST_ELAPSED_MS = 1_000;

/**
 * The whole policy: learn from the snapshot, judge need, write the books, judge how short the host is, share out, then move
 * each balloon with care. Pure: same input, same decision.
 */
export function decide(snapshot: Snapshot, before: PolicyMemory, settings: PolicySettings): Decision {
  const { nowMs, host } = snapshot;
  const learned = learn(snapshot, before, settings);
  const guests = learned.map(({ facts, memory }) => assess(facts, memory, settings.tuning, nowMs));
  const mostBytes = mostBudgetBytes(before, guests, host, nowMs);
  const books = keepBooks(host, guests, settings, nowMs, burstPeakBytes(before.bursts, nowMs), mostBytes);
  const pull = learnPull(before.pull, guests, nowMs);
  const { regime, sinceMs } = judgeRegime(
    host,
    books,
    guests,
    drawnAheadBytes(pull),
    { regime: before.regime, sinceMs: before.regimeSinceMs },
    nowMs,
  );
  const taking = takingScene(books, guests, regime, settings, nowMs);
  const holds = guests.map((guest) => holdOnTaking(guest, taking));
  const entitlements = entitle(host, guests, books, taking, holds);
  const elapsedMs = nowMs - (before.decidedAtMs ?? nowMs - FIRST_ELAPSED_MS);
  const wishes: Funded[] = guests.map((guest, i) => {
    const entitlement = entitlements[i] ?? { giveBytes: guest.targetBytes, takeBytes: guest.targetBytes };
    const intent = intend(guest, entitlement, taking, holds[i], elapsedMs);
    return { guest, intent: corrected(guest, intent, learned[i]?.progress) };
  });
  const { funded } = fund(wishes, books);
  const scene = { regime, mode: settings.mode, nowMs };
  const moves = settings.mode === "act" ? movesOf(funded) : [];
  const owedBytes = sum(funded, ({ guest, intent }) => owed(guest, intent));
  const plan: Plan = {
    atMs: nowMs,
    regime,
    ledger: books,
    moves,
    repeats: settings.mode === "act" ? repeatsOf(funded, moves, learned) : [],
    verdicts: funded.map((item, i) => verdictOf(item, entitlements[i], books.charges[i], scene)),
    owedBytes,
    hurried: isHurried(pull, books.roomBytes),
    notices: notices(before, regime, learned),
  };
  const budget = { bytes: books.budgetBytes, atMs: nowMs };
  return {
    plan,
    memory: remember({ ...before, pull, budget, regime, regimeSinceMs: sinceMs }, funded, moves, nowMs),
  };
}

/** What the balloon itself did overrides what was intended: debts first, then what was taken back unasked, then being stuck. */
function corrected(guest: Assessment, intent: Intent, progress: ProgressReport | undefined): Intent {
  const owedBytes = guest.memory.owed?.bytes ?? 0;
  if (owedBytes > 0) {
    const targetBytes = Math.min(
      guest.facts.limits.maxBytes,
      Math.max(intent.targetBytes, guest.targetBytes + owedBytes),
    );
    return { targetBytes, reason: "demand", detail: "rest of a demand" };
  }
  if (progress === undefined) return intent;
  const { maxBytes } = guest.facts.limits;
  if (progress.tookBackBytes > 0 && intent.targetBytes < guest.actualBytes) {
    return {
      targetBytes: Math.min(maxBytes, guest.actualBytes),
      reason: "demand",
      detail: "taken back by deflate-on-oom",
    };
  }
  if (progress.stuck && intent.targetBytes < guest.actualBytes) {
    return {
      targetBytes: Math.min(maxBytes, guest.actualBytes),
      reason: "stuck",
      detail: "pointed at where it stands",
    };
  }
  return intent;
}

function owed(guest: Assessment, intent: Intent): number {
  const debtBytes = guest.memory.owed?.bytes ?? 0;
  return Math.max(0, debtBytes - Math.max(0, intent.targetBytes - guest.targetBytes));
}

function notices(
  before: PolicyMemory,
  regime: Plan["regime"],
  learned: readonly { facts: { name: string }; progress: ProgressReport }[],
): Notice[] {
  const list: Notice[] = [];
  if (regime === "critical" && before.regime !== "critical") {
    list.push({ level: "warn", text: "host memory is critical: guests are taken down to their guarantees" });
  }
  for (const { facts, progress } of learned) {
    if (progress.stuck) {
      list.push({
        level: "warn",
        guest: facts.name,
        text: "its balloon does not move: left alone for a while",
      });
    }
    if (progress.tookBackBytes > 0) {
      list.push({ level: "info", guest: facts.name, text: "it took memory back unasked (deflate-on-oom)" });
    }
  }
  return list;
}
