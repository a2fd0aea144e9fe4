/** Several steps become one: sizes are means, the worst pressure and the last reason stay, kills add up. Pure. */
import { sum } from "../model/bytes.ts";
import type { GuestPoint, HostPoint } from "../model/history.ts";
import { GUEST_SIZES, HOST_SIZES } from "./sizes.ts";

/** A step without its time. */
export interface Row {
  readonly host: HostPoint;
  readonly guests: readonly GuestPoint[];
}

const WORST_FIRST = ["critical", "moderate", "low", "none"] as const;

/** One row for `rows`, which are in the order of time. A guest that is in some of them only counts where it is. */
export function condense(rows: readonly Row[]): Row {
  const byName = new Map<string, GuestPoint[]>();
  for (const guest of rows.flatMap(({ guests }) => guests)) {
    const points = byName.get(guest.name);
    if (points === undefined) byName.set(guest.name, [guest]);
    else points.push(guest);
  }
  const hosts = rows.map(({ host }) => host);
  const regime = hosts.at(-1)?.regime;
  return {
    host: { ...means(hosts, HOST_SIZES), ...(regime !== undefined && { regime }) },
    guests: [...byName.values()].flatMap((points) => guestOf(points) ?? []),
  };
}

function guestOf(points: readonly GuestPoint[]): GuestPoint | undefined {
  const last = points.at(-1);
  if (last === undefined) return undefined;
  const pressure = WORST_FIRST.find((level) => points.some((point) => point.pressure === level));
  return {
    name: last.name,
    ...means(points, GUEST_SIZES),
    reason: last.reason,
    ...(pressure !== undefined && { pressure }),
    hasAgent: last.hasAgent,
    isObserved: last.isObserved,
    oomKills: sum(points, ({ oomKills }) => oomKills),
  };
}

/** Means of what is known. */
function means<F extends string>(
  points: readonly { readonly [K in F]?: number }[],
  fields: readonly F[],
): { [K in F]?: number } {
  const found: { [K in F]?: number } = {};
  for (const field of fields) {
    const known = points.flatMap((point) => point[field] ?? []);
    if (known.length > 0) found[field] = sum(known, (bytes) => bytes) / known.length;
  }
  return found;
}
