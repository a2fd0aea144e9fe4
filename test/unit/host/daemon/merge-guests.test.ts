import { describe, expect, it } from "vitest";
import { areSameGuests, mergeGuests } from "../../../../host/src/daemon/merge-guests.ts";
import type { GuestEntry } from "../../../../host/src/model/inventory.ts";

const base = { min: { kind: "percent", percent: 25 }, max: { kind: "auto" }, shares: 1000 } as const;
const entry = (name: string, source: GuestEntry["source"], qmpPath = `/run/${name}.qmp`): GuestEntry => ({
  ...base,
  name,
  source,
  qmpPath,
});
const found = (...entries: readonly GuestEntry[]) => ({ entries, problems: [] });

describe("listed and found guests together", () => {
  it("are one list, the listed ones first", () => {
    const written = { listed: [entry("web", "static")], overrides: {} };
    const merged = mergeGuests(written, [found(entry("qemu/100", "proxmox")), found(entry("old", "qemu"))]);
    expect(merged.entries.map(({ name }) => name)).toEqual(["web", "qemu/100", "old"]);
    expect(merged.problems).toEqual([]);
  });

  it("name a guest once, as it is listed, however its monitor's path is written", () => {
    const written = { listed: [entry("web", "static", "/var/run//vm/web.qmp")], overrides: {} };
    const merged = mergeGuests(written, [found(entry("qemu-web", "qemu", "/run/vm/web.qmp"))]);
    expect(merged.entries).toEqual(written.listed);
  });

  it("tell of two guests that have one name, and keep the first", () => {
    const written = { listed: [entry("web", "static")], overrides: {} };
    const merged = mergeGuests(written, [found(entry("web", "libvirt", "/run/other.qmp"))]);
    expect(merged.entries).toEqual(written.listed);
    expect(merged.problems).toEqual([expect.stringMatching(/^web \(libvirt, .*guests\.static/)]);
  });

  it("have what the admin says of a found guest instead of what the platform says", () => {
    const overrides = { "qemu/100": { shares: 2000 }, other: { shares: 1 } };
    const merged = mergeGuests({ listed: [], overrides }, [found(entry("qemu/100", "proxmox"))]);
    expect(merged.entries).toEqual([{ ...entry("qemu/100", "proxmox"), shares: 2000 }]);
  });

  it("use a monitor as the admin says, with a warning where that stops the platform's tools", () => {
    const overrides = { "qemu/100": { qmpMode: "own" }, old: { qmpMode: "lease" } } as const;
    const shared = { ...entry("qemu/100", "proxmox", "/run/qemu-server/100.qmp"), qmpMode: "lease" } as const;
    const merged = mergeGuests({ listed: [], overrides }, [found(shared, entry("old", "qemu"))]);
    expect(merged.entries.map(({ qmpMode }) => qmpMode)).toEqual(["own", "lease"]);
    expect(merged.problems).toEqual([expect.stringMatching(/^qemu\/100: .*calls fails after 5 s; write/)]);
  });

  it("tell that a domain's monitor is libvirt's, and keep what else is said of it", () => {
    const overrides = { web: { qmpMode: "lease", shares: 7 } } as const;
    const domain = { ...entry("web", "libvirt"), domainUuid: "u" };
    const merged = mergeGuests({ listed: [], overrides }, [found(domain)]);
    expect(merged.entries).toEqual([{ ...domain, shares: 7 }]);
    expect(merged.problems).toEqual([expect.stringContaining("qmpMode in guests.overrides does nothing")]);
  });

  it("pass on what inventories could not read", () => {
    const merged = mergeGuests({ listed: [], overrides: {} }, [{ entries: [], problems: ["a", "b"] }]);
    expect(merged.problems).toEqual(["a", "b"]);
  });
});

describe("lists of guests", () => {
  it("are the same in any order, and not with another setting", () => {
    const [a, b] = [entry("a", "qemu"), entry("b", "qemu")];
    expect(areSameGuests([a, b], [b, a])).toBe(true);
    expect(areSameGuests([a, b], [a])).toBe(false);
    expect(areSameGuests([a], [{ ...a, lock: "backup" }])).toBe(false);
  });
});
