/** How well a guest can be served, by what tells of its memory, and what lifts it to the next level. Pure. */
import type { GuestEntry } from "../model/inventory.ts";
import type { GuestLevel } from "../model/status.ts";

/** All that the level depends on. */
export interface LevelFacts {
  readonly entry: Pick<GuestEntry, "name" | "source" | "agentPath" | "qmpMode">;
  /** How its agent is connected; absent: it is not. */
  readonly transport?: "virtio-serial" | "websocket";
  /** Its balloon's driver tells statistics. */
  readonly hasStatistics: boolean;
}

export interface LevelOfGuest {
  readonly level: GuestLevel;
  /** What to do for the next level, in words for the admin; absent: there is nothing to add. */
  readonly lift?: string;
}

/** The levels of a guest are those of `ballast status`. */
export function levelOf({ entry, transport, hasStatistics }: LevelFacts): LevelOfGuest {
  if (transport === "virtio-serial") return full(entry);
  if (transport === "websocket")
    return {
      level: "no-port",
      lift: `give it the agent's port, which needs no network: ${portAdvice(entry)}`,
    };
  if (hasStatistics) return { level: "statistics only", lift: agentAdvice(entry) };
  const driver = "load its balloon driver (virtio_balloon; on Windows the driver and its service BLNSVR)";
  return { level: "none", lift: `${driver}; ${agentAdvice(entry)}` };
}

/** A monitor that is lent by the platform's tools costs waits, not knowledge. */
function full(entry: LevelFacts["entry"]): LevelOfGuest {
  if (entry.qmpMode !== "lease") return { level: "full" };
  return { level: "full", lift: `give it a monitor of its own, so that nothing waits: ${portAdvice(entry)}` };
}

function agentAdvice(entry: LevelFacts["entry"]): string {
  if (entry.agentPath !== undefined) return "install ballast-agent in the guest, or start it there";
  return `install ballast-agent in the guest, over WebSocket at once (ballast agent token ${entry.name}), or with the port: ${portAdvice(entry)}`;
}

function portAdvice({ name, source }: LevelFacts["entry"]): string {
  switch (source) {
    case "proxmox": {
      const vmid = name.replace("qemu/", "");
      return `ballast setup proxmox ${vmid} --apply, then qm reboot ${vmid}`;
    }
    case "libvirt":
      return `ballast setup libvirt ${name} --apply, then start the domain anew`;
    case "qemu":
    case "static":
      return "start its QEMU with the arguments that ballast setup qemu prints";
  }
}
