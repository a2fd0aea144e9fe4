/** Why a guest has what it has, as the control API answers it. */
import { z } from "zod";
import { INHIBITIONS } from "../model/guest.ts";
import type { RecordedMove } from "../model/history.ts";
import {
  type IntentKind,
  type LedgerView,
  MOVE_KINDS,
  PROTECTION_KINDS,
  type Verdict,
} from "../model/plan.ts";
import type { Explanation, GuestInfo } from "../model/status.ts";
import { bytes, type Fields, moment, number, text, word } from "./fields.ts";
import { GUEST, pressure, reason, regime } from "./status.ts";

const LEDGER: z.ZodType<LedgerView> = z
  .looseObject({
    budgetBytes: bytes("what all managed guests together may use"),
    reserveBytes: bytes("kept free for the host and for demands"),
    burstBytes: bytes("the largest demand of all guests at once that is remembered"),
    chargedBytes: bytes("what all guests count for"),
    freeBytes: bytes("what may be promised now"),
  } satisfies Fields<LedgerView>)
  .meta({ id: "Ledger", description: "What is promised." });

const KINDS: readonly IntentKind[] = [
  ...MOVE_KINDS,
  ...PROTECTION_KINDS,
  ...(["steady", "on-its-way", "dead-band", "excluded", "other-controller", "observe-only"] as const),
];

const VERDICT: z.ZodType<Verdict> = z
  .looseObject({
    name: text("the guest's"),
    source: word<Verdict["source"]>(["agent", "balloon-stats", "none"], "where the figures are from"),
    kind: word(KINDS, "what was decided"),
    reason: reason(),
    detail: text("the reason's detail").exactOptional(),
    inhibition: word(INHIBITIONS, "why the balloon must not be moved").exactOptional(),
    pressure: pressure().exactOptional(),
    actualBytes: bytes("its memory less its balloon").exactOptional(),
    targetBytes: bytes("where the balloon shall go").exactOptional(),
    usedBytes: bytes("actual less available").exactOptional(),
    availableBytes: bytes("what it could hand out without swapping").exactOptional(),
    hotCacheBytes: bytes("cache that it reads again at once").exactOptional(),
    missesPerSecond: number("pages that it reads again after they were evicted, a second").exactOptional(),
    headroomBytes: bytes("what it can grow by until memory arrives").exactOptional(),
    vitalBytes: bytes("used and headroom").exactOptional(),
    systemBytes: bytes("what its operating system needs").exactOptional(),
    doubtedBytes: bytes("reported use that cannot be seen").exactOptional(),
    growthBytesPerSecond: number("how fast it grows; bytes a second").exactOptional(),
    floorBytes: bytes("what it must have").exactOptional(),
    forecastBytes: bytes("use that its history forecasts for this hour").exactOptional(),
    wantBytes: bytes("floor and comfort, or room for the forecast use").exactOptional(),
    entitledBytes: bytes("it may be taken down to here").exactOptional(),
    giveBytes: bytes("it is given up to here").exactOptional(),
    leastBytes: bytes("never taken below this in the present regime").exactOptional(),
    deadBandBytes: bytes("smaller changes are not worth it").exactOptional(),
    inflateBytesPerSecond: number("measured speed of its balloon; bytes a second").exactOptional(),
    inFlightBytes: bytes("given lately and perhaps not drawn yet").exactOptional(),
    owedBytes: bytes("demanded and not given yet").exactOptional(),
    chargeBytes: bytes("what counts against the budget").exactOptional(),
    exposureBytes: bytes("what it could draw without a demand").exactOptional(),
  } satisfies Fields<Verdict>)
  .meta({ id: "Verdict", description: "All figures of the last decision about a guest." });

const MOVE = z.looseObject({
  atMs: moment("when"),
  fromBytes: bytes("the size before; absent: not known").exactOptional(),
  toBytes: bytes("the target"),
  reason: reason(),
} satisfies Fields<Explanation["moves"][number]>);

export const DECISION: z.ZodType<RecordedMove> = MOVE.extend({ name: text("the guest's") }).meta({
  id: "Decision",
  description: "A target that was set.",
});

export const DECISIONS: z.ZodType<{ readonly decisions: readonly RecordedMove[] }> = z
  .looseObject({ decisions: z.array(DECISION) })
  .meta({ id: "Decisions", description: "Targets that were set, oldest first." });

export const EXPLANATION: z.ZodType<Explanation> = z
  .looseObject({
    guest: GUEST,
    regime: regime().exactOptional(),
    ledger: LEDGER.exactOptional(),
    verdict: VERDICT,
    moves: z.array(MOVE).meta({ description: "the guest's last moves, newest first" }),
  } satisfies Fields<Explanation>)
  .meta({ id: "Explanation", description: "Why a guest's target is what it is." });

export const GUEST_INFO: z.ZodType<GuestInfo> = z
  .looseObject({
    guest: GUEST,
    facts: z.looseObject({}).meta({ description: "raw facts; they change from release to release" }),
    nowMs: number("the broker's clock, in which the facts' times are; ms").exactOptional(),
  } satisfies Fields<GuestInfo>)
  .meta({ id: "GuestInfo", description: "What the broker knows of a guest." });
