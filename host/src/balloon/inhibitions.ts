/** Why a guest's balloon must not be inflated, in QEMU's words, in whichever way they were had. Pure. */
import type { Inhibition } from "../model/guest.ts";
import type { DriverState } from "./driver-detector.ts";

/** Migration in sight of QEMU's `MigrationStatus` (qapi/migration.json). */
const MIGRATING = new Set([
  "setup",
  "active",
  "pre-switchover",
  "device",
  "cancelling",
  "wait-unplug",
  "colo",
]);
const MIGRATING_RUN_STATES = new Set(["inmigrate", "finish-migrate", "postmigrate"]);

/** Whether the guest runs. */
interface Run {
  readonly running: boolean;
  /** `RunState` of qapi/run-state.json. */
  readonly status: string;
}

export interface Circumstances {
  readonly hasBalloon: boolean;
  readonly driver: DriverState;
  readonly run: Run;
  /** `MigrationStatus`; absent: never migrated. */
  readonly migration?: string | undefined;
  /** Migration capabilities that are on. */
  readonly capabilities: readonly string[];
  readonly vfio: boolean;
  readonly hugepages: boolean;
  readonly locked: boolean;
  /** It has a virtio-mem device, which gives and takes memory beside the balloon. */
  readonly virtioMem: boolean;
  /** Memory devices came or went a moment ago. */
  readonly hotplug: boolean;
  readonly backup: boolean;
}

/** Whether a migration or a background snapshot, which QEMU runs as one, is under way. */
export function isMigrating(migration: string | undefined): boolean {
  return migration !== undefined && (MIGRATING.has(migration) || migration.startsWith("postcopy-"));
}

/** All reasons that hold, the most lasting first. */
export function inhibitionsOf(facts: Circumstances): Inhibition[] {
  const found: Inhibition[] = [];
  if (!facts.hasBalloon) found.push("no-balloon-device");
  if (facts.vfio) found.push("vfio");
  if (facts.hugepages) found.push("hugepages");
  if (facts.locked) found.push("locked-memory");
  if (facts.virtioMem) found.push("virtio-mem");
  if (facts.hasBalloon && facts.driver === "absent") found.push("no-balloon-driver");
  if (facts.hasBalloon && facts.driver === "booting") found.push("booting");
  const migration = migrationInhibition(facts);
  if (migration !== undefined) found.push(migration);
  if (facts.backup) found.push("backup");
  if (facts.hotplug) found.push("memory-hotplug");
  // With `-no-shutdown`, as Proxmox starts guests, QEMU stays: through a whole backup, for example.
  if (!facts.run.running) found.push(facts.run.status === "shutdown" ? "shut-down" : "paused");
  return found;
}

function migrationInhibition(facts: Circumstances): Inhibition | undefined {
  if (facts.migration?.startsWith("postcopy-")) return "postcopy";
  if (isMigrating(facts.migration)) {
    return facts.capabilities.includes("background-snapshot") ? "background-snapshot" : "migrating";
  }
  return MIGRATING_RUN_STATES.has(facts.run.status) ? "migrating" : undefined;
}
