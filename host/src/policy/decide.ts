/** Each tick runs the same steps in the same order: learn, need, budget, share, move. The same input gives the same plan. */
import { sum } from "../model/bytes.ts";
import type { Notice, Plan } from "../model/plan.ts";
import type { PolicySettings } from "../model/settings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { chargeOf, keepLedger, mostBudgetBytes } from "./budget/ledger.ts";
import { judgeRegime } from "./budget/regime.ts";
import { seenNeeds } from "./budget/seen-needs.ts";
import type { ProgressReport } from "./learn/balloon-progress.ts";
import { burstPeakBytes } from "./learn/demand-bursts.ts";
import { drawnAheadBytes, isUrgent, learnHostDraw } from "./learn/host-draw.ts";
import { learn } from "./learn/learn.ts";
import type { PolicyMemory } from "./memory.ts";
import { movesOf, repeatsOf } from "./move/balloon-moves.ts";
import { fund, type Wish } from "./move/funding.ts";
import type { Intent } from "./move/intent.ts";
import { intend, lowest } from "./move/next-target.ts";
import { corrected } from "./move/overrides.ts";
import { assess, type GuestNeed } from "./need/assess.ts";
import { remember } from "./remember.ts";
import { entitlementsOf } from "./share/entitlements.ts";
import { protectionFromTaking, takingScene } from "./share/protection.ts";
import { keepRoomToBurst } from "./share/room-to-burst.ts";
import { verdictOf } from "./verdict.ts";

/** A decision and what to remember of it. */
export interface Decision {
  readonly plan: Plan;
  readonly memory: PolicyMemory;
}

/** Elapsed time that the first decision assumes: paces need one. */
const FIRST_ELAPSED_MS = 1_000;

/**
 * The whole policy. It learns from the snapshot, judges each guest's need, writes the ledger, judges how short the host is, shares
 * memory out, and moves each balloon. It is pure.
 */
export function decide(snapshot: Snapshot, before: PolicyMemory, settings: PolicySettings): Decision {
  const { nowMs, host } = snapshot;
  const learned = learn(snapshot, before, settings);
  const claimed = learned.map(({ facts, memory }) => assess(facts, memory, settings.tuning, nowMs));
  const mostBytes = mostBudgetBytes(before, claimed, host, nowMs);
  const hostDraw = learnHostDraw(before.hostDraw, claimed, nowMs, host.ksm);
  const ledger = keepLedger(
    host,
    claimed,
    settings,
    nowMs,
    burstPeakBytes(before.bursts, nowMs),
    mostBytes,
    hostDraw.breakPeakBytesPerSecond,
  );
  const assessed = seenNeeds(claimed, ledger);
  const { regime, sinceMs } = judgeRegime(
    host,
    ledger,
    assessed,
    drawnAheadBytes(hostDraw),
    { regime: before.regime, sinceMs: before.regimeSinceMs },
    nowMs,
  );
  const taking = takingScene(ledger, assessed, regime, settings, nowMs);
  // A host that fails is worse than a guest that lacks room for a burst.
  const guests = regime === "critical" ? assessed : keepRoomToBurst(assessed, ledger, taking.failing, nowMs);
  const protections = guests.map((guest) => protectionFromTaking(guest, taking));
  const entitlements = entitlementsOf(host, guests, ledger, taking, protections);
  const elapsedMs = nowMs - (before.decidedAtMs ?? nowMs - FIRST_ELAPSED_MS);
  const wishes: Wish[] = guests.map((guest, i) => {
    const entitlement = entitlements[i] ?? { giveBytes: guest.targetBytes, takeBytes: guest.targetBytes };
    const intent = intend(guest, entitlement, taking, protections[i], elapsedMs);
    return { guest, intent: corrected(guest, intent, learned[i]?.progress, nowMs) };
  });
  const { funded } = fund(wishes, ledger, regime);
  const moves = settings.mode === "act" ? movesOf(funded) : [];
  const owedBytes = sum(funded, ({ guest, intent }) => owed(guest, intent));
  const plan: Plan = {
    atMs: nowMs,
    regime,
    ledger: ledger,
    moves,
    repeats: settings.mode === "act" ? repeatsOf(funded, moves, learned) : [],
    verdicts: funded.map((item, i) =>
      verdictOf(item, entitlements[i], chargeOf(ledger, i), {
        mode: settings.mode,
        nowMs,
        leastBytes: lowest(item.guest, taking),
      }),
    ),
    owedBytes,
    urgent: isUrgent(hostDraw, ledger.spareBytes),
    notices: notices(before, regime, learned),
  };
  const budget = { bytes: ledger.budgetBytes, atMs: nowMs };
  return {
    plan,
    memory: remember(
      { ...before, hostDraw, budget, regime, regimeSinceMs: sinceMs },
      funded,
      moves,
      settings.tuning,
      nowMs,
    ),
  };
}

/** What is still owed to the guest after this intent, in bytes. */
export function owed(guest: GuestNeed, intent: Intent): number {
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
