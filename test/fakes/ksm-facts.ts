/** Facts about KSM for policy tests: sensible defaults, everything can be overridden. */
import { ksmtunedDefaults } from "../../host/src/config/ksmtuned-conf.ts";
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { KsmGuest, KsmReading, KsmSnapshot } from "../../host/src/model/ksm.ts";
import type { KsmSettings } from "../../host/src/model/ksm-settings.ts";

export const KSM_NOW_MS = 1_000_000;
export const PAGE_BYTES = 4096;

export function aReading(override: Partial<KsmReading> = {}): KsmReading {
  return {
    knobs: { run: 0, pagesToScan: 100, sleepMs: 20 },
    pageBytes: PAGE_BYTES,
    ...{ pagesShared: 0, pagesSharing: 0, pagesUnshared: 0, pagesVolatile: 0 },
    ...{ pagesScanned: 0, fullScans: 0, savedBytes: 0, ksmdCpuNs: 0 },
    ...override,
  };
}

/** Saves so much memory. */
export function saving(bytes: number, override: Partial<KsmReading> = {}): KsmReading {
  return aReading({ pagesSharing: bytes / PAGE_BYTES, savedBytes: bytes, ...override });
}

export function aKsmGuest(override: Partial<KsmGuest> = {}): KsmGuest {
  const process = { mergingPages: 10_000, rmapItems: 60_000, profitBytes: 30 * MIB };
  return {
    ...{ name: "web1", trust: "default", processId: 101, residentBytes: 512 * MIB },
    ...{ merging: { on: true }, process },
    ...override,
  };
}

export function aKsmSnapshot(override: Partial<KsmSnapshot> = {}): KsmSnapshot {
  return {
    nowMs: KSM_NOW_MS,
    reading: aReading(),
    host: { totalBytes: 16 * GIB, availableBytes: 10 * GIB },
    guests: [aKsmGuest()],
    ...override,
  };
}

export function ksmSettings(override: Partial<KsmSettings> = {}): KsmSettings {
  return {
    ...{ mode: "adaptive", folder: "/sys/kernel/mm/ksm", intervalMs: 5_000 },
    ...{ minCpuPercent: 1, maxCpuPercent: 50, ksmtuned: ksmtunedDefaults("debian") },
    ...override,
  };
}
