import { describe, expect, it } from "vitest";
import { type Circumstances, inhibitionsOf } from "../../../../host/src/balloon/inhibitions.ts";

const healthy: Circumstances = {
  hasBalloon: true,
  driver: "present",
  run: { running: true, status: "running" },
  capabilities: [],
  vfio: false,
  hugepages: false,
  locked: false,
  virtioMem: false,
  hotplug: false,
  backup: false,
};
const stopped = (status: string) => ({ run: { running: false, status } });

describe("inhibitions", () => {
  it.each<[string, Partial<Circumstances>, string[]]>([
    ["a healthy guest", {}, []],
    ["no device", { hasBalloon: false, driver: "absent" }, ["no-balloon-device"]],
    ["no driver", { driver: "absent" }, ["no-balloon-driver"]],
    ["a boot", { driver: "booting" }, ["booting"]],
    ["a pause", stopped("paused"), ["paused"]],
    ["a guest that shut down while its QEMU stays", stopped("shutdown"), ["shut-down"]],
    ["an I/O error", stopped("io-error"), ["paused"]],
    ["a migration that is over", { migration: "completed" }, []],
    ["a migration that failed", { migration: "failed" }, []],
    ["a migration starting", { migration: "setup" }, ["migrating"]],
    ["a migration going out", { migration: "active" }, ["migrating"]],
    ["a migration coming in", stopped("inmigrate"), ["migrating", "paused"]],
    [
      "a migration's last phase",
      { migration: "device", ...stopped("finish-migrate") },
      ["migrating", "paused"],
    ],
    ["post-copy", { migration: "postcopy-active" }, ["postcopy"]],
    ["broken post-copy", { migration: "postcopy-paused" }, ["postcopy"]],
    [
      "a background snapshot",
      { migration: "active", capabilities: ["background-snapshot"] },
      ["background-snapshot"],
    ],
    ["passed-through devices", { vfio: true }, ["vfio"]],
    ["huge pages", { hugepages: true }, ["hugepages"]],
    ["locked memory", { locked: true }, ["locked-memory"]],
    ["virtio-mem", { virtioMem: true }, ["virtio-mem"]],
    ["a backup", { backup: true }, ["backup"]],
    ["memory that was just plugged", { hotplug: true }, ["memory-hotplug"]],
    [
      "several at once",
      { vfio: true, hugepages: true, ...stopped("paused") },
      ["vfio", "hugepages", "paused"],
    ],
  ])("of %s", (_, facts, expected) => {
    expect(inhibitionsOf({ ...healthy, ...facts })).toEqual(expected);
  });
});
