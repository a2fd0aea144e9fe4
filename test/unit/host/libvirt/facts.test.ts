import { describe, expect, it } from "vitest";
import { describeDomain } from "../../../../host/src/libvirt/domain-xml.ts";
import {
  actualBytes,
  asBacked,
  driverStats,
  fullBytes,
  inhibitionsOfDomain,
  isActive,
  mergingOf,
} from "../../../../host/src/libvirt/facts.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { type DomainXmlParts, domainXml } from "../../../fakes/domain-xml.ts";

const RUNNING = { "state.state": 1, "state.reason": 1 };

function statsOf(values: Readonly<Record<string, number>>) {
  return new Map(Object.entries(values));
}

function inhibitions(
  parts: DomainXmlParts,
  values: Readonly<Record<string, number>> = RUNNING,
  job?: number,
) {
  return inhibitionsOfDomain(describeDomain(domainXml(parts)), statsOf(values), job, "present", false);
}

describe("libvirt's statistics", () => {
  it("are sizes in bytes and counts, by the broker's names", () => {
    const values = {
      "balloon.current": 98_304,
      "balloon.swap_in": 1,
      "balloon.swap_out": 2,
      "balloon.major_fault": 30,
      "balloon.unused": 4,
      "balloon.usable": 5,
      "balloon.available": 6,
      "balloon.disk_caches": 7,
      "balloon.last-update": 1_700_000_000,
    };
    expect(driverStats(statsOf(values))).toEqual({
      lastUpdateSeconds: 1_700_000_000,
      values: {
        freeBytes: 4096,
        availableBytes: 5120,
        totalBytes: 6144,
        cacheBytes: 7168,
        majorFaultsTotal: 30,
        swapInBytesTotal: 1024,
        swapOutBytesTotal: 2048,
      },
    });
  });

  it("leave out what was not told, and numbers beyond all sense", () => {
    const values = { "balloon.last-update": 1, "balloon.unused": 2 ** 60 };
    expect(driverStats(statsOf(values))).toEqual({ lastUpdateSeconds: 1, values: {} });
  });

  it.each([{}, { "balloon.last-update": 0, "balloon.unused": 1 }])(
    "are none where the driver never answered: %o",
    (values) => {
      expect(driverStats(statsOf(values))).toBeUndefined();
    },
  );

  it("tell the balloon's size only where there is one", () => {
    const stats = statsOf({ "balloon.current": 98_304 });
    expect(actualBytes(stats, describeDomain(domainXml()))).toBe(96 * MIB);
    const without = describeDomain(domainXml({ devices: "<memballoon model='none'/>" }));
    expect(actualBytes(stats, without)).toBeUndefined();
  });

  it("tell all of the memory, else the XML does", () => {
    const description = describeDomain(domainXml());
    expect(fullBytes(statsOf({ "balloon.maximum": 1_048_576 }), description)).toBe(1024 * MIB);
    expect(fullBytes(statsOf({}), description)).toBe(512 * MIB);
  });

  it.each([
    [1, true],
    [3, true],
    [5, false],
    [6, false],
  ])("in the state %i tell that there is a QEMU: %s", (state, active) => {
    expect(isActive(statsOf({ "state.state": state }))).toBe(active);
  });
});

describe("why a domain's balloon must not be inflated", () => {
  it("is nothing while it runs", () => {
    expect(inhibitions({})).toEqual([]);
  });

  it.each([
    ["paused by its admin", { "state.state": 3, "state.reason": 1 }, undefined, ["paused"]],
    [
      "paused at the end of a migration",
      { "state.state": 3, "state.reason": 2 },
      undefined,
      ["migrating", "paused"],
    ],
    ["being saved", { "state.state": 3, "state.reason": 3 }, 2, ["migrating", "paused"]],
    ["starting up", { "state.state": 3, "state.reason": 11 }, undefined, ["migrating", "paused"]],
    ["suspended by the guest", { "state.state": 7, "state.reason": 0 }, undefined, ["paused"]],
    ["migrated away while it runs", RUNNING, 5, ["migrating"]],
    ["on its way here by post-copy", { "state.state": 1, "state.reason": 10 }, 4, ["postcopy"]],
    ["left behind by a post-copy", { "state.state": 3, "state.reason": 12 }, 5, ["postcopy", "paused"]],
    ["backed up", RUNNING, 9, ["backup"]],
  ])("is that it is %s", (_, values, job, expected) => {
    expect(inhibitions({}, values, job)).toEqual(expected);
  });

  it.each([
    [{ devices: "<memballoon model='none'/>" }, ["no-balloon-device"]],
    [{ devices: "<memballoon model='virtio'/><hostdev type='pci'/>" }, ["vfio"]],
    [{ more: "<memoryBacking><hugepages/></memoryBacking>" }, ["hugepages"]],
    [{ more: "<memoryBacking><locked/></memoryBacking>" }, ["locked-memory"]],
    [{ more: "<launchSecurity type='sev'/>" }, ["locked-memory"]],
    [{ more: "<memoryBacking><access mode='shared'/></memoryBacking>" }, []],
    [{ devices: "<memballoon model='virtio'/><memory model='virtio-mem'/>" }, ["virtio-mem"]],
    [{ devices: "<memballoon model='virtio'/><memory model='dimm'/>" }, []],
  ])("follows from its XML %o", (parts, expected) => {
    expect(inhibitions(parts)).toEqual(expected);
  });
});

describe("what a domain's process shows", () => {
  const description = describeDomain(domainXml());

  it.each([
    [
      { lockedBytes: 256 * MIB, hugetlbBytes: 0 },
      { locked: true, hugepages: false },
    ],
    [
      { lockedBytes: 255 * MIB, hugetlbBytes: 0 },
      { locked: false, hugepages: false },
    ],
    [
      { lockedBytes: 0, hugetlbBytes: 2 * MIB },
      { locked: false, hugepages: true },
    ],
    [undefined, { locked: false, hugepages: false }],
  ])("counts beside its XML: %o", (backing, expected) => {
    expect(asBacked(description, backing)).toMatchObject(expected);
  });
});

describe("whether KSM may merge a domain's memory", () => {
  it.each([
    ["", { on: true, isFixed: true }],
    ["<nosharepages/>", { on: false, obstacle: "not-mergeable" }],
    ["<access mode='shared'/>", { on: false, obstacle: "shared-memory" }],
    ["<hugepages/>", { on: true, obstacle: "hugepages" }],
  ])("follows from its backing '%s'", (backing, expected) => {
    const more = `<memoryBacking>${backing}</memoryBacking>`;
    expect(mergingOf(describeDomain(domainXml({ more })))).toEqual(expected);
  });
});
