/** Observations for tests of what the quickstart shows and sums up. */
import { MIB } from "../../../host/src/model/bytes.ts";
import type { GuestStatus, HostStatus } from "../../../host/src/model/status.ts";
import type { Chapter, Observation, Picture } from "../../quickstart/observation.ts";

export interface Sizes {
  readonly used: number;
  readonly actual: number;
  readonly held: number;
}

const NAMES = ["web1", "web2", "db1"] as const;

/** One look at web1, web2 and db1, sizes in MiB. */
export function observation(
  chapter: Chapter,
  sizes: readonly [Sizes, Sizes, Sizes],
  more: { readonly roundTripMs?: number; readonly atMs?: number } = {},
): Observation {
  const guests = sizes.map(({ used, actual }, i) => guestStatus(NAMES[i] ?? "", used, actual));
  return {
    atMs: 0,
    chapter,
    status: { version: "0.1.0", mode: "act", host: HOST, guests },
    heldBytes: Object.fromEntries(NAMES.map((name, i) => [name, (sizes[i]?.held ?? 0) * MIB])),
    ...more,
  };
}

export function picture(seen: Observation, more: Partial<Picture> = {}): Picture {
  return { ...seen, kind: "real", headline: "db1 bursts", events: [], ...more };
}

const HOST: HostStatus = {
  totalBytes: 8192 * MIB,
  availableBytes: 4096 * MIB,
  budgetBytes: 1400 * MIB,
  reserveBytes: 96 * MIB,
  chargedBytes: 1200 * MIB,
  freeBytes: 104 * MIB,
  residentBytes: 1100 * MIB,
  accounting: "resident",
  regime: "scarce",
};

function guestStatus(name: string, used: number, actual: number): GuestStatus {
  return {
    name,
    source: "static",
    level: "full",
    state: "managed",
    reason: "steady",
    maxBytes: 512 * MIB,
    minBytes: 128 * MIB,
    actualBytes: actual * MIB,
    targetBytes: actual * MIB,
    usedBytes: used * MIB,
    shares: 1000,
    pressure: "none",
    agent: { connected: true, transport: "virtio-serial" },
  };
}
