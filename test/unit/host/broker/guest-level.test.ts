import { describe, expect, it } from "vitest";
import { type LevelFacts, levelOf } from "../../../../host/src/broker/guest-level.ts";
import { GUEST_SOURCES, type GuestSource } from "../../../../host/src/model/inventory.ts";

const SETUP = "ballast setup proxmox 100 --apply, then qm reboot 100";

function facts(source: GuestSource, more: Partial<LevelFacts & LevelFacts["entry"]> = {}): LevelFacts {
  const { transport, hasStatistics = false, ...entry } = more;
  const name = source === "proxmox" ? "qemu/100" : "web1";
  return { entry: { name, source, ...entry }, hasStatistics, ...(transport !== undefined && { transport }) };
}

describe("a guest's level", () => {
  it("is full with an agent on the port, and nothing is left to add", () => {
    for (const source of GUEST_SOURCES)
      expect(levelOf(facts(source, { transport: "virtio-serial", hasStatistics: true }))).toEqual({
        level: "full",
      });
  });

  it("is full on a borrowed monitor too, and a monitor of its own is what is left to add", () => {
    const { level, lift } = levelOf(facts("proxmox", { transport: "virtio-serial", qmpMode: "lease" }));
    expect(level).toBe("full");
    expect(lift).toBe(`give it a monitor of its own, so that nothing waits: ${SETUP}`);
  });

  it("is no-port with an agent over WebSocket; the port lifts it", () => {
    const { level, lift } = levelOf(facts("proxmox", { transport: "websocket", hasStatistics: true }));
    expect(level).toBe("no-port");
    expect(lift).toContain(SETUP);
  });

  it("is statistics only without agent; where there is a port, the agent alone lifts it", () => {
    const withPort = levelOf(facts("static", { hasStatistics: true, agentPath: "/run/vm/web1.agent" }));
    expect(withPort).toEqual({
      level: "statistics only",
      lift: "install ballast-agent in the guest, or start it there",
    });
    const { level, lift } = levelOf(facts("proxmox", { hasStatistics: true }));
    expect(level).toBe("statistics only");
    expect(lift).toContain("ballast agent token qemu/100");
    expect(lift).toContain(SETUP);
  });

  it("is none where nothing tells of its memory; the driver comes first", () => {
    const { level, lift } = levelOf(facts("qemu"));
    expect(level).toBe("none");
    expect(lift).toMatch(/^load its balloon driver .*ballast setup qemu prints$/);
  });

  it("is lifted by each platform's own means", () => {
    const lifts = GUEST_SOURCES.map((source) => levelOf(facts(source, { transport: "websocket" })).lift);
    expect(lifts.map((lift) => lift?.replace(/.*: /, ""))).toEqual([
      "start its QEMU with the arguments that ballast setup qemu prints",
      "start its QEMU with the arguments that ballast setup qemu prints",
      SETUP,
      "ballast setup libvirt web1 --apply, then start the domain anew",
    ]);
  });
});
