/** A world that stands still but for its balloons: what a simulated controller sees, and what it commanded. */
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { GuestReport } from "../../host/src/model/guest.ts";
import type { Future, GuestView, HostView, WorldView } from "../../host/src/simulate/controller.ts";
import type { Phase } from "../../host/src/simulate/scenario.ts";

export interface ViewShape {
  name: string;
  os?: "linux" | "windows";
  fullMib?: number;
  minMib?: number;
  actualMib?: number;
  targetMib?: number;
  residentMib?: number;
  freeMib?: number;
  cacheMib?: number;
  shares?: number;
  /** Neither runs nor answers. */
  isOff?: boolean;
  hasDriver?: boolean;
  report?: GuestReport;
}

/** A guest that has been running for long, its driver answering; 4 GiB, 1 GiB guaranteed, all of it resident. */
export function aView(shape: ViewShape): GuestView {
  const { name, fullMib = 4096, minMib = 1024, actualMib = fullMib, freeMib = 1024, cacheMib = 0 } = shape;
  const stats = {
    freeBytes: freeMib * MIB,
    cacheBytes: cacheMib * MIB,
    totalBytes: actualMib * MIB,
    updatedAtMs: 0,
  };
  return {
    name,
    os: shape.os ?? "linux",
    limits: { minBytes: minMib * MIB, maxBytes: fullMib * MIB, shares: shape.shares ?? 1000 },
    fullBytes: fullMib * MIB,
    actualBytes: actualMib * MIB,
    targetBytes: shape.targetMib === undefined ? undefined : shape.targetMib * MIB,
    stats: shape.isOff || shape.hasDriver === false ? undefined : stats,
    residentBytes: (shape.residentMib ?? actualMib) * MIB,
    swappedBytes: 0,
    bootedAtMs: shape.isOff ? undefined : -1,
    agentConnected: shape.report !== undefined,
    report: shape.report,
  };
}

/** Balloons obey at once when told to {@link FakeWorldView.settle}. */
export class FakeWorldView implements WorldView {
  nowMs = 0;
  host: HostView;
  guests: GuestView[];
  readonly commands: { readonly name: string; readonly targetBytes: number }[] = [];
  readonly asked: number[] = [];

  constructor(guests: readonly ViewShape[], host: Partial<HostView> = {}) {
    this.guests = guests.map(aView);
    this.host = {
      totalBytes: 32 * GIB,
      availableBytes: 8 * GIB,
      arcBytes: 0,
      arcMinBytes: 0,
      psiSomeAvg10: 0,
      ksm: undefined,
      ...host,
    };
  }

  setTarget(name: string, targetBytes: number): void {
    this.commands.push({ name, targetBytes });
    this.guests = this.guests.map((guest) => (guest.name === name ? { ...guest, targetBytes } : guest));
  }

  tickWithin(delayMs: number): void {
    this.asked.push(delayMs);
  }

  answer(): void {
    throw new Error("only controllers that talk to agents answer");
  }

  /** Targets commanded since the last call, in MiB. */
  take(): Record<string, number> {
    const taken = this.commands.splice(0);
    return Object.fromEntries(taken.map(({ name, targetBytes }) => [name, Math.round(targetBytes / MIB)]));
  }

  /** Every balloon but those of `stuck` arrives; what guests hold follows, and so does the host's free memory. */
  settle(stuck: readonly string[] = []): void {
    for (const { name, targetBytes, actualBytes } of this.guests)
      if (targetBytes !== undefined && !stuck.includes(name)) this.#resize(name, targetBytes - actualBytes);
  }

  #resize(name: string, bytes: number): void {
    this.guests = this.guests.map((guest) =>
      guest.name === name
        ? { ...guest, actualBytes: guest.actualBytes + bytes, residentBytes: guest.residentBytes + bytes }
        : guest,
    );
    this.host = { ...this.host, availableBytes: this.host.availableBytes - bytes };
  }
}

/** Programs that hold `anonMib` and read `hotMib` over and over. */
export function aPhase(fromMs: number, anonMib: number, hotMib = 0, touchMibPerSecond = 1024): Phase {
  return {
    fromMs,
    anonBytes: anonMib * MIB,
    touchBytesPerSecond: touchMibPerSecond * MIB,
    hotBytes: hotMib * MIB,
    readsPerSecond: hotMib > 0 ? 1000 : 0,
    streamBytesPerSecond: 0,
    busy: true,
  };
}

/** What will be: phases by guest, 128 MiB fixed and 64 beside, the host's own use constant unless told otherwise. */
export function aFuture(
  phases: Readonly<Record<string, readonly Phase[]>>,
  hostOwnBytes: (atMs: number) => number = () => GIB,
): Future {
  return {
    phaseAt: (name, atMs) => phases[name]?.findLast(({ fromMs }) => fromMs <= atMs),
    fixedBytes: () => 128 * MIB,
    overheadBytes: () => 64 * MIB,
    hostOwnBytes,
    savedBytes: () => 0,
  };
}
