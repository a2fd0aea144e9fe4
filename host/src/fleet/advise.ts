/** Which guest should move where, when a host stays short of memory. It only advises. Pure. */
import type { FleetGuest, HostSummary } from "../model/fleet.ts";

/** A host that is silent for longer is not counted on. Summaries come every five seconds. */
export const SILENT_MS = 30_000;
/** A shortage that ends by itself is no reason to move a guest, which takes minutes. */
const STAYS_SHORT_MS = 60_000;
/** What the new host must have beyond the guest's floor: a guest that arrives takes what it finds. */
const SPARE_SHARE = 0.1;

export interface Advice {
  readonly guest: string;
  readonly from: string;
  readonly to: string;
  /** What the old host gains, and the new one must have. */
  readonly floorBytes: number;
}

export interface FleetAdvice {
  readonly moves: readonly Advice[];
  /** Hosts that are short and cannot be helped, with the reason in words. */
  readonly unhelped: readonly { readonly host: string; readonly why: string }[];
}

/**
 * One move for each host that has been short for a minute, the shortest of memory first: the smallest guest that ends the shortage, else the
 * largest, to the host that has most room. A move that is advised takes its room from what is left for the next one.
 */
export function advise(summaries: readonly HostSummary[], nowMs: number): FleetAdvice {
  const heard = summaries.filter(({ atMs }) => nowMs - atMs <= SILENT_MS);
  const room = new Map(heard.map((summary) => [summary.host, roomBytes(summary)]));
  const moves: Advice[] = [];
  const unhelped: { host: string; why: string }[] = [];
  const short = heard.filter(({ shortForMs = 0 }) => shortForMs >= STAYS_SHORT_MS);
  for (const summary of short.toSorted((a, b) => b.owedBytes - a.owedBytes)) {
    const move = moveFrom(summary, room);
    if (typeof move === "string") {
      unhelped.push({ host: summary.host, why: move });
      continue;
    }
    moves.push(move);
    room.set(move.to, (room.get(move.to) ?? 0) - neededBytes(move));
  }
  return { moves, unhelped };
}

/** Room for another's guest: what is free, and what the host's own guests would not miss. A short host has none. */
function roomBytes({ freeBytes = 0, lendableBytes, shortForMs, owedBytes }: HostSummary): number {
  return shortForMs !== undefined || owedBytes > 0 ? 0 : freeBytes + lendableBytes;
}

function neededBytes({ floorBytes }: Pick<FleetGuest, "floorBytes">): number {
  return floorBytes * (1 + SPARE_SHARE);
}

function moveFrom(
  { host, owedBytes, guests }: HostSummary,
  room: ReadonlyMap<string, number>,
): Advice | string {
  const movable = guests.filter(({ isPinned }) => !isPinned);
  if (movable.length === 0)
    return "none of its guests can be moved: devices pin them, or nothing is known of them";
  const [to, most] = roomiest(host, room);
  if (to === undefined) return "no other host is heard of";
  const fitting = movable.filter((guest) => neededBytes(guest) <= most);
  if (fitting.length === 0) return "no other host has room for any of its guests";
  const enough = fitting.filter(({ floorBytes }) => floorBytes >= owedBytes);
  const bySize = (enough.length > 0 ? enough : fitting).toSorted((a, b) => a.floorBytes - b.floorBytes);
  const chosen = enough.length > 0 ? bySize[0] : bySize.at(-1);
  return { guest: chosen?.name ?? "", from: host, to, floorBytes: chosen?.floorBytes ?? 0 };
}

function roomiest(except: string, room: ReadonlyMap<string, number>): [string | undefined, number] {
  const others = [...room].filter(([host]) => host !== except);
  const [best] = others.toSorted(([, a], [, b]) => b - a);
  return best ?? [undefined, 0];
}
