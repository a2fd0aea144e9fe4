/** Proxmox VE's auto-ballooning as a controller of simulated guests. */
import { proxmoxTargets } from "../../peers/proxmox-rule.ts";
import type { Controller, ControllerMaker, WorldView } from "../controller.ts";

const TICK_MS = 10_000;

class Proxmox implements Controller {
  readonly name: string;
  readonly tickMs = TICK_MS;

  constructor(name: string) {
    this.name = name;
  }

  tick(world: WorldView): number {
    const guests = world.guests
      .filter(({ bootedAtMs, stats }) => bootedAtMs !== undefined && stats !== undefined)
      .map(({ name, limits, actualBytes, stats }) => ({
        ...limits,
        name,
        actualBytes,
        freeBytes: stats?.freeBytes,
      }));
    for (const [name, bytes] of proxmoxTargets(world.host, guests)) world.setTarget(name, bytes);
    return TICK_MS;
  }

  /** `qm start` sets the balloon to the minimum. */
  booted(world: WorldView, name: string): void {
    const guest = world.guests.find((view) => view.name === name);
    if (guest !== undefined) world.setTarget(name, guest.limits.minBytes);
  }
}

/** Baseline B1. */
export const PROXMOX: ControllerMaker = {
  name: "proxmox",
  title: "Proxmox VE's auto-ballooning: host at 80 %, 100 MiB a guest every 10 s",
  make: () => new Proxmox("proxmox"),
};

/** The same beside balloons that deflate when a guest runs out: what a careful admin has without Ballast. */
export const PROXMOX_DEFLATE: ControllerMaker = {
  name: "proxmox-deflate",
  title: "Proxmox VE's auto-ballooning, and balloons that deflate when a guest runs out",
  deflateOnOom: true,
  make: () => new Proxmox("proxmox-deflate"),
};
