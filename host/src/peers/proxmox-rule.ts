/** Proxmox VE's auto-ballooning (`PVE::AutoBalloon::compute_alg1`, run by `pvestatd` every 10 s), as its users have it. Pure. */
import { clamp, MIB, sum } from "../model/bytes.ts";

/** Node option `ballooning-target`, percent of the host's memory in use. */
const TARGET_PERCENT = 80;
/** Nothing is done for less. */
const DEAD_BAND_BYTES = 10 * MIB;
/** A guest moves no further in one cycle. */
const MOST_CHANGE_BYTES = 100 * MIB;
/** A guest with more than this share of its minimum free is rich. */
const RICH_FREE_SHARE = 0.25;

/** The host as Proxmox sees it. */
export interface ProxmoxHost {
  readonly totalBytes: number;
  /** MemAvailable; ZFS's cache is not in it and so counts as used. */
  readonly availableBytes: number;
}

/** A guest as Proxmox sees it. */
export interface ProxmoxGuest {
  readonly name: string;
  readonly maxBytes: number;
  readonly minBytes: number;
  readonly actualBytes: number;
  /** `stat-free-memory`; absent: the driver has told nothing. */
  readonly freeBytes: number | undefined;
  /** 0: left alone. */
  readonly shares: number;
}

type Planned = Map<string, number>;

/** New targets of the guests that shall move. */
export function proxmoxTargets(
  host: ProxmoxHost,
  guests: readonly ProxmoxGuest[],
): ReadonlyMap<string, number> {
  const goalBytes = Math.trunc(
    (host.totalBytes * TARGET_PERCENT) / 100 - (host.totalBytes - host.availableBytes),
  );
  const planned: Planned = new Map();
  if (Math.abs(goalBytes) <= DEAD_BAND_BYTES) return planned;
  const eligible = guests.filter((g) => g.actualBytes > 0 && g.minBytes > 0 && g.shares !== 0);
  const first = eligible.filter((guest) => isRich(guest) === goalBytes < 0);
  const restBytes = distributeGoal(first, goalBytes, planned);
  const movedNothing = goalBytes > 0 ? restBytes >= goalBytes : restBytes <= goalBytes;
  if (movedNothing) distributeGoal(eligible, restBytes, planned);
  for (const { name, actualBytes } of eligible)
    if (planned.get(name) === Math.trunc(actualBytes)) planned.delete(name);
  return planned;
}

function isRich({ freeBytes, minBytes, actualBytes }: ProxmoxGuest): boolean {
  return (
    freeBytes !== undefined &&
    freeBytes > 0 &&
    freeBytes > RICH_FREE_SHARE * minBytes &&
    actualBytes >= minBytes
  );
}

/** Hands `bytes` out (or takes them, when negative) by shares; resolves what could not be moved. */
function distributeGoal(guests: readonly ProxmoxGuest[], bytes: number, planned: Planned): number {
  const done = new Set<string>();
  let restBytes = bytes;
  for (let repeat = true; restBytes !== 0 && repeat; ) {
    const active = guests.filter(({ name }) => !done.has(name));
    const round = oneRound(active, bytes > 0, restBytes, planned);
    for (const name of round.done) done.add(name);
    restBytes -= round.movedBytes;
    repeat = round.progressed;
  }
  return restBytes;
}

interface Round {
  readonly done: readonly string[];
  readonly movedBytes: number;
  readonly progressed: boolean;
}

function oneRound(
  active: readonly ProxmoxGuest[],
  isGrowth: boolean,
  restBytes: number,
  planned: Planned,
): Round {
  const shares = sum(active, (guest) => guest.shares);
  const pool = sum(active, (g) => (planned.get(g.name) ?? g.actualBytes) - g.minBytes) + restBytes;
  const done: string[] = [];
  let movedBytes = 0;
  let progressed = false;
  for (const guest of active) {
    const { name, minBytes, maxBytes, actualBytes } = guest;
    const wish = clamp(minBytes + Math.trunc((pool / shares) * guest.shares), minBytes, maxBytes);
    const next = towards(actualBytes, wish, isGrowth);
    if (next === undefined) {
      done.push(name);
      continue;
    }
    const before = planned.get(name) ?? actualBytes;
    planned.set(name, next);
    movedBytes += next - before;
    if (next !== before) progressed = true;
  }
  return { done, movedBytes, progressed };
}

/** A step of this cycle. It shrinks a guest above its wish even while memory is given out. Undefined: the guest stays. */
function towards(actualBytes: number, wishBytes: number, isGrowth: boolean): number | undefined {
  if (isGrowth && wishBytes > actualBytes) return Math.min(wishBytes, actualBytes + MOST_CHANGE_BYTES);
  if (wishBytes < actualBytes) return Math.max(wishBytes, actualBytes - MOST_CHANGE_BYTES);
  return undefined;
}
