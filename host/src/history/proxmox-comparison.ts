/** What Proxmox's rule would do at each step, beside what `act` would do. Pure. */
import type { GuestPoint, HistoryStep, HostPoint, ProxmoxComparison } from "../model/history.ts";
import { proxmoxTargets } from "../peers/proxmox-rule.ts";
import { type Direction, directionOf, intendedDirection } from "./intended.ts";

/** What the rule goes by and no step has: as the guest has it now. */
export interface ProxmoxSettings {
  readonly minBytes: number;
  readonly shares: number;
}

/** Settings of a guest by its name; undefined: it is not there now. */
export type SettingsOf = (name: string) => ProxmoxSettings | undefined;

type Sums = { -readonly [K in keyof ProxmoxComparison]: ProxmoxComparison[K] };
type Kind = "agreeMs" | "withholdsMs" | "takesNeededMs" | "leavesIdleMs" | "givesMoreMs";

/** How the rule's move differs from the one that `act` would make: by `act`'s first. */
const KINDS: Readonly<Record<Direction, Readonly<Record<Direction, Kind>>>> = {
  give: { give: "agreeMs", leave: "withholdsMs", take: "withholdsMs" },
  leave: { give: "givesMoreMs", leave: "agreeMs", take: "takesNeededMs" },
  take: { give: "leavesIdleMs", leave: "leavesIdleMs", take: "agreeMs" },
};

interface Known extends ProxmoxSettings {
  readonly name: string;
  readonly actualBytes: number;
  readonly maxBytes: number;
  readonly freeBytes: number;
  readonly point: GuestPoint;
}

export class ProxmoxComparer {
  readonly #settingsOf: SettingsOf;
  readonly #sums: Sums = {
    ...{ comparedMs: 0, agreeMs: 0, withholdsMs: 0, takesNeededMs: 0, leavesIdleMs: 0, givesMoreMs: 0 },
    belowFloorMs: 0,
  };

  constructor(settingsOf: SettingsOf) {
    this.#settingsOf = settingsOf;
  }

  /** Guests that the step or their settings do not tell enough of are left out. */
  add({ atMs, stepMs, host, guests }: HistoryStep): void {
    const known = guests.flatMap((guest) => this.#known(guest));
    const targets = targetsOf(host, known);
    if (targets === undefined) return;
    for (const { name, actualBytes, point } of known) {
      const intended = intendedDirection(point, host.regime);
      if (intended === undefined) continue;
      const nextBytes = targets.get(name) ?? actualBytes;
      const kind = KINDS[intended][directionOf(actualBytes, nextBytes)];
      this.#sums.comparedMs += stepMs;
      this.#sums[kind] += stepMs;
      this.#squeezed(point, nextBytes, atMs, stepMs);
    }
  }

  /** Undefined: no step told enough. */
  comparison(): ProxmoxComparison | undefined {
    return this.#sums.comparedMs === 0 ? undefined : { ...this.#sums };
  }

  #known(point: GuestPoint): Known[] {
    const { name, actualBytes, maxBytes, freeBytes } = point;
    const settings = this.#settingsOf(name);
    if (
      settings === undefined ||
      actualBytes === undefined ||
      maxBytes === undefined ||
      freeBytes === undefined
    )
      return [];
    return [{ ...settings, name, actualBytes, maxBytes, freeBytes, point }];
  }

  #squeezed(
    { name, actualBytes = 0, floorBytes = 0 }: GuestPoint,
    nextBytes: number,
    atMs: number,
    ms: number,
  ): void {
    const shortBytes = floorBytes - nextBytes;
    if (nextBytes >= actualBytes || shortBytes <= 0) return;
    this.#sums.belowFloorMs += ms;
    if (shortBytes > (this.#sums.mostBelowFloor?.bytes ?? 0))
      this.#sums.mostBelowFloor = { name, atMs, bytes: shortBytes };
  }
}

function targetsOf(
  { totalBytes, availableBytes }: HostPoint,
  guests: readonly Known[],
): ReadonlyMap<string, number> | undefined {
  if (totalBytes === undefined || availableBytes === undefined || guests.length === 0) return undefined;
  return proxmoxTargets({ totalBytes, availableBytes }, guests);
}
