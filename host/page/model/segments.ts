/** The host's memory as one stack whose parts add up; pure. */
import type { GuestStatus, Status } from "../../src/model/status.ts";

/** Parts of the host's memory, bottom first, then what is only on paper. */
export type SegmentKind = "others" | "guest" | "more-guests" | "idle" | "reserve" | "free" | "ksm" | "lent";

export interface Segment {
  readonly kind: SegmentKind;
  readonly label: string;
  readonly bytes: number;
}

export interface HostPicture {
  readonly totalBytes: number;
  /** They add up to `totalBytes`. */
  readonly memory: readonly Segment[];
  /** What the guests would take besides if KSM shared nothing and no balloon was filled. */
  readonly spared: readonly Segment[];
}

/** More guests than this are one part: thinner ones cannot be told apart. */
const MOST_GUESTS = 12;

/** Absent before the broker read the host. */
export function hostPicture({ host, guests, ksm }: Status): HostPicture | undefined {
  const { totalBytes, availableBytes, reserveBytes = 0 } = host;
  if (totalBytes === undefined || availableBytes === undefined) return undefined;
  const available = Math.min(availableBytes, totalBytes);
  const savedBytes = ksm?.savedBytes ?? 0;
  const inUse = stackOf(guests, savedBytes, totalBytes - available);
  const reserve = Math.min(reserveBytes, available);
  const lentBytes = sum(guests.map(lentBy));
  return {
    totalBytes,
    memory: [
      ...inUse,
      { kind: "reserve", label: "reserve", bytes: reserve },
      { kind: "free", label: "free", bytes: available - reserve },
    ],
    spared: [
      { kind: "ksm", label: "saved by KSM", bytes: savedBytes },
      { kind: "lent", label: "lent by guests", bytes: lentBytes },
    ],
  };
}

/** What the balloon has taken of a guest; 0 where its sizes are not known. */
export function lentBy({ maxBytes, actualBytes }: GuestStatus): number {
  return maxBytes === undefined || actualBytes === undefined ? 0 : Math.max(0, maxBytes - actualBytes);
}

/**
 * Fills `inUseBytes` with what guests use, then with what their processes hold besides (pages that KSM shares are held once), then with all
 * others. A guest uses no more of the host than its process holds. Where the guests' figures are more than what is in use (they are of
 * different moments), all are shown smaller alike.
 */
function stackOf(guests: readonly GuestStatus[], savedBytes: number, inUseBytes: number): Segment[] {
  let leftBytes = inUseBytes;
  const take = (bytes: number) => {
    const taken = Math.min(Math.max(0, bytes), leftBytes);
    leftBytes -= taken;
    return taken;
  };
  const used = guests
    .map((guest) => ({ label: guest.name, bytes: usedOf(guest) }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  const usedBytes = sum(used.map(({ bytes }) => bytes));
  const scale = usedBytes > inUseBytes ? inUseBytes / usedBytes : 1;
  const shown = used.slice(0, MOST_GUESTS);
  const more = used.slice(MOST_GUESTS);
  const own = shown.map(
    ({ label, bytes }): Segment => ({ kind: "guest", label, bytes: take(Math.floor(bytes * scale)) }),
  );
  const rest: Segment[] =
    more.length === 0
      ? []
      : [
          {
            kind: "more-guests",
            label: `${more.length} more guests`,
            bytes: take(Math.floor(sum(more.map(({ bytes }) => bytes)) * scale)),
          },
        ];
  const heldBytes = sum(guests.map((guest) => guest.residentBytes ?? 0));
  const besidesBytes = heldBytes - savedBytes - sum(guests.filter(isSeen).map(usedOf));
  const idle: Segment = { kind: "idle", label: "guests' cache and free", bytes: take(besidesBytes) };
  return [{ kind: "others", label: "host and others", bytes: leftBytes }, ...own, ...rest, idle];
}

function usedOf({ usedBytes, residentBytes }: GuestStatus): number {
  if (usedBytes === undefined) return 0;
  return Math.min(usedBytes, residentBytes ?? usedBytes);
}

function isSeen({ residentBytes }: GuestStatus): boolean {
  return residentBytes !== undefined;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
