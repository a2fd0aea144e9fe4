/** What the later steps of the policy are handed: a guest's need and the scene of a decision. */
import { MIB } from "../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../host/src/model/guest.ts";
import { DEFAULT_TUNING } from "../../host/src/model/settings.ts";
import { type GuestMemory, newGuestMemory } from "../../host/src/policy/memory.ts";
import { assess, type GuestNeed } from "../../host/src/policy/need/assess.ts";
import type { TakingScene } from "../../host/src/policy/share/protection.ts";
import { aGuest, NOW, settingsFor } from "./facts.ts";

/** A guest's need as the policy assesses it. `fixed` says what the test would rather set than have assessed. */
export function aNeed(
  facts: GuestFacts = aGuest(),
  memory: Partial<GuestMemory> = {},
  fixed: Partial<GuestNeed> = {},
): GuestNeed {
  return { ...assess(facts, { ...newGuestMemory(0), ...memory }, DEFAULT_TUNING, NOW), ...fixed };
}

/** A decision in a `tight` host of which every guest of 1000 shares may have 1000 MiB. */
export function aTakingScene(override: Partial<TakingScene> = {}): TakingScene {
  return {
    regime: "tight",
    settings: settingsFor(4096),
    nowMs: NOW,
    fairBytesPerShare: MIB,
    failing: false,
    hostShort: false,
    needy: new Set(),
    saidTooMuch: false,
    ...override,
  };
}
