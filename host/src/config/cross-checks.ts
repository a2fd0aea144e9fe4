/** What only shows when several parts of the config are seen together. */
import { formatMib } from "../model/bytes.ts";
import type { SizeSetting } from "../model/host.ts";
import { isLoopback } from "./listen-address.ts";
import { samePlace } from "./names.ts";
import type { ConfigFile } from "./schema.ts";

/** A finding without its place in the text, which follows from `path`. */
export interface ConfigFinding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly advice: string;
}

export function crossCheck(config: ConfigFile): ConfigFinding[] {
  return [
    ...duplicateNames(config),
    ...duplicateSockets(config),
    ...crossedLimits(config),
    ...readableTokens(config),
    ...openHttp(config),
    ...crossedCpu(config),
    ...crossedReserve(config),
    ...crossedTimes(config),
  ];
}

function duplicateNames(config: ConfigFile): ConfigFinding[] {
  const named = config.guests.static.map(({ name }, i) => ({
    key: name,
    path: guestPath(i, "name"),
    label: "",
  }));
  return repeated(named).map(({ again, first }) => ({
    path: again.path,
    message: `the name "${again.key}" is already guest ${first.index + 1} of this list`,
    advice: "give each guest its own name",
  }));
}

function duplicateSockets(config: ConfigFile): ConfigFinding[] {
  const sockets = config.guests.static.flatMap(({ name, qmp, agent }, i) => [
    { key: samePlace(qmp), path: guestPath(i, "qmp"), label: `qmp of "${name}"` },
    ...(agent === undefined
      ? []
      : [{ key: samePlace(agent), path: guestPath(i, "agent"), label: `agent of "${name}"` }]),
  ]);
  const control = {
    key: samePlace(config.control.socket),
    path: ["control", "socket"],
    label: "control.socket",
  };
  return repeated([control, ...sockets]).map(({ again, first }) => ({
    path: again.path,
    message: `the same socket as ${first.label}`,
    advice: "give each its own socket",
  }));
}

interface Keyed {
  readonly key: string;
  readonly path: readonly PropertyKey[];
  readonly label: string;
}

function repeated(items: readonly Keyed[]): { again: Keyed; first: Keyed & { index: number } }[] {
  const seen = new Map<string, Keyed & { index: number }>();
  return items.flatMap((again, index) => {
    const first = seen.get(again.key);
    if (first !== undefined) return [{ again, first }];
    seen.set(again.key, { ...again, index });
    return [];
  });
}

function crossedLimits({ guests }: ConfigFile): ConfigFinding[] {
  const inDefaults = isAbove(guests.defaults.min, guests.defaults.max)
    ? [crossed(["guests", "defaults", "min"], "max")]
    : [];
  const inGuests = guests.static.flatMap((guest, i) => {
    if (guest.min === undefined && guest.max === undefined) return [];
    if (!isAbove(guest.min ?? guests.defaults.min, guest.max ?? guests.defaults.max)) return [];
    const other =
      guest.max === undefined ? "the default max" : guest.min === undefined ? "the default min" : "max";
    return [guest.min === undefined ? tooLow(i) : crossed(guestPath(i, "min"), other)];
  });
  return [...inDefaults, ...inGuests];
}

function readableTokens({ agents: { websocket } }: ConfigFile): ConfigFinding[] {
  if (websocket === undefined || websocket.tls !== undefined || websocket.insecure) return [];
  if (isLoopback(websocket.listen)) return [];
  return [
    {
      path: ["agents", "websocket", "listen"],
      message: "without tls, agents' tokens would cross the network readable",
      advice: "write tls: { cert: …, key: … }, listen on 127.0.0.1, or write insecure: true",
    },
  ];
}

/** Names and sizes of all guests must stay on this machine, since there is no password here. */
function openHttp({ control: { http } }: ConfigFile): ConfigFinding[] {
  if (http === null || isLoopback(http)) return [];
  return [
    {
      path: ["control", "http"],
      message: "others than this machine could read all guests' figures there",
      advice: "listen on 127.0.0.1 or [::1], and put a proxy with a password before it",
    },
  ];
}

function crossedCpu({ ksm }: ConfigFile): ConfigFinding[] {
  if (ksm.minCpuPercent <= ksm.maxCpuPercent) return [];
  const message = "minCpuPercent is above maxCpuPercent";
  return [{ path: ["ksm", "minCpuPercent"], message, advice: "write at most maxCpuPercent" }];
}

/** A reserve that leaves nothing to lend. */
function crossedReserve({ host: { budget, reserve } }: ConfigFile): ConfigFinding[] {
  const whole: SizeSetting = budget.kind === "auto" ? { kind: "percent", percent: 100 } : budget;
  if (!isAbove(reserve, whole) && !isEqual(reserve, whole)) return [];
  const message = "the reserve is as large as the budget: nothing is left for guests";
  return [{ path: ["host", "reserve"], message, advice: "write less than the budget, or auto" }];
}

/** Times within which a tick has to fall, or nothing is ever believed or seen to move. */
function crossedTimes({ tuning }: ConfigFile): ConfigFinding[] {
  const given: Readonly<Record<string, unknown>> = tuning;
  return ["staleAfter", "stuckAfter"].flatMap((key) => {
    const ms = given[key];
    if (typeof ms !== "number" || ms > tuning.tick) return [];
    const message = "it is no longer than a tick, so it has passed before the next one";
    return [{ path: ["tuning", key], message, advice: `write more than tuning.tick (${tuning.tick}ms)` }];
  });
}

/** Guarantees that the budget cannot keep, as far as both are known before any guest is seen. */
export function unkeptMinima({ guests, host: { budget, reserve } }: ConfigFile): ConfigFinding[] {
  if (budget.kind !== "bytes") return [];
  const minBytes = guests.static.reduce(
    (sum, guest) => sum + knownMin(guest.min ?? guests.defaults.min, guest.max),
    0,
  );
  const leftBytes = budget.bytes - (reserve.kind === "bytes" ? reserve.bytes : 0);
  if (minBytes <= leftBytes) return [];
  const message = `the guests' minima come to ${formatMib(minBytes)}, the budget less the reserve to ${formatMib(leftBytes)}: not all can be kept`;
  return [{ path: ["host", "budget"], message, advice: "raise the budget, or lower minima" }];
}

/** A share of a maximum that is given in bytes is known, too. */
function knownMin(min: SizeSetting, max: SizeSetting | undefined): number {
  if (min.kind === "bytes") return min.bytes;
  return min.kind === "percent" && max?.kind === "bytes" ? (max.bytes * min.percent) / 100 : 0;
}

function isEqual(a: SizeSetting, b: SizeSetting): boolean {
  if (a.kind === "bytes" && b.kind === "bytes") return a.bytes === b.bytes;
  return a.kind === "percent" && b.kind === "percent" && a.percent === b.percent;
}

function crossed(path: readonly PropertyKey[], other: string): ConfigFinding {
  return { path, message: `min is above ${other}`, advice: "write a min that is at most max" };
}

function tooLow(index: number): ConfigFinding {
  return {
    path: guestPath(index, "max"),
    message: "max is below the default min",
    advice: "write this guest's min too",
  };
}

/** Whether two sizes can be compared before the guest's size is known, and `low` is the larger. */
function isAbove(low: SizeSetting, high: SizeSetting): boolean {
  if (low.kind === "bytes" && high.kind === "bytes") return low.bytes > high.bytes;
  return low.kind === "percent" && high.kind === "percent" && low.percent > high.percent;
}

function guestPath(index: number, key: string): readonly PropertyKey[] {
  return ["guests", "static", index, key];
}
