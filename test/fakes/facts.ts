/** Facts about guests and hosts for policy tests: sensible defaults, everything can be overridden. */
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { GuestFacts, GuestReport } from "../../host/src/model/guest.ts";
import type { HostFacts } from "../../host/src/model/host.ts";
import { DEFAULT_TUNING, type PolicySettings } from "../../host/src/model/settings.ts";

export const NOW = 1_000_000;

export function aHost(override: Partial<HostFacts> = {}): HostFacts {
  return { totalBytes: 24 * GIB, availableBytes: 20 * GIB, ...override };
}

export function settingsFor(budgetMib: number, override: Partial<PolicySettings> = {}): PolicySettings {
  return {
    mode: "act",
    budget: { kind: "bytes", bytes: budgetMib * MIB },
    reserve: { kind: "bytes", bytes: 64 * MIB },
    accounting: "strict",
    onAgentLoss: "hold",
    tuning: DEFAULT_TUNING,
    ...override,
  };
}

export interface GuestShape {
  name?: string;
  maxMib?: number;
  minMib?: number;
  actualMib?: number;
  targetMib?: number;
  availableMib?: number;
  cacheMib?: number;
  shares?: number;
  report?: Partial<GuestReport> | null;
  facts?: Partial<GuestFacts>;
  nowMs?: number;
}

/** A guest with an agent whose report is in step with its balloon. */
export function aGuest(shape: GuestShape = {}): GuestFacts {
  const nowMs = shape.nowMs ?? NOW;
  const maxBytes = (shape.maxMib ?? 1024) * MIB;
  const actualBytes = (shape.actualMib ?? shape.maxMib ?? 1024) * MIB;
  const report = shape.report === null ? undefined : aReport(shape, maxBytes, actualBytes, nowMs);
  return {
    name: shape.name ?? "g1",
    limits: { minBytes: (shape.minMib ?? 256) * MIB, maxBytes, shares: shape.shares ?? 1000 },
    fullBytes: maxBytes,
    balloon: {
      actualBytes,
      observedAtMs: nowMs,
      ...(shape.targetMib !== undefined && { targetBytes: shape.targetMib * MIB }),
    },
    agent: { connected: report !== undefined, transport: "virtio-serial" },
    inhibitions: [],
    bootSeenAtMs: 0,
    ...(report !== undefined && { report }),
    ...shape.facts,
  };
}

function aReport(shape: GuestShape, maxBytes: number, actualBytes: number, nowMs: number): GuestReport {
  return {
    receivedAtMs: nowMs,
    bootId: "boot",
    sampledAtMs: nowMs,
    totalBytes: actualBytes,
    availableBytes: (shape.availableMib ?? 512) * MIB,
    balloonBytes: maxBytes - actualBytes,
    cacheBytes: (shape.cacheMib ?? 0) * MIB,
    refaultFilePagesTotal: 0,
    pressure: "none",
    ...shape.report,
  };
}
