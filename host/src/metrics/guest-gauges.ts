/** What is told of each guest: the figures of `ballast status`, one series a guest. */
import { Gauge } from "prom-client";
import { PRESSURE_LEVELS } from "../model/guest.ts";
import type { GuestStatus } from "../model/status.ts";
import type { MetricsRegistry } from "./registry.ts";

/** `qemu/100` on Proxmox, so that series join with those of prometheus-pve-exporter. */
const ID = "id";

interface GuestGauge {
  readonly name: string;
  readonly help: string;
  /** Undefined: not known, so there is no series. */
  readonly value: (guest: GuestStatus) => number | undefined;
}

const MEMORY = "ballast_guest_memory";

const GAUGES: readonly GuestGauge[] = [
  { name: `${MEMORY}_max_bytes`, help: "Most that the guest may have", value: (g) => g.maxBytes },
  { name: `${MEMORY}_min_bytes`, help: "Guaranteed minimum", value: (g) => g.minBytes },
  { name: `${MEMORY}_actual_bytes`, help: "What its balloon leaves it now", value: (g) => g.actualBytes },
  { name: `${MEMORY}_target_bytes`, help: "What its balloon shall leave it", value: (g) => g.targetBytes },
  { name: `${MEMORY}_used_bytes`, help: "What its programs and kernel use", value: (g) => g.usedBytes },
  {
    name: `${MEMORY}_available_bytes`,
    help: "What it could still use without swapping, as it says",
    value: (g) => g.availableBytes,
  },
  { name: `${MEMORY}_floor_bytes`, help: "What it needs to be safe", value: (g) => g.floorBytes },
  { name: `${MEMORY}_want_bytes`, help: "What it would use with plenty", value: (g) => g.wantBytes },
  {
    name: `${MEMORY}_resident_bytes`,
    help: "What its QEMU holds of the host",
    value: (g) => g.residentBytes,
  },
  { name: "ballast_guest_shares", help: "Weight when there is not enough for all", value: (g) => g.shares },
  {
    name: "ballast_guest_pressure_level",
    help: `Pressure in the guest: ${PRESSURE_LEVELS.map((level, i) => `${i} ${level}`).join(", ")}`,
    value: (g) => (g.pressure === undefined ? undefined : PRESSURE_LEVELS.indexOf(g.pressure)),
  },
  {
    name: "ballast_guest_agent_connected",
    help: "1 while its agent is connected",
    value: (g) => (g.agent.connected ? 1 : 0),
  },
  {
    name: "ballast_guest_report_age_seconds",
    help: "Age of the agent's newest report",
    value: (g) => (g.agent.reportAgeMs === undefined ? undefined : g.agent.reportAgeMs / 1000),
  },
  {
    name: "ballast_guest_problem",
    help: "1 while ballast status shows a problem of the guest",
    value: (g) => (g.problem === undefined ? 0 : 1),
  },
  {
    name: "ballast_guest_ksm_shared_bytes",
    help: "Its memory that KSM has merged",
    value: (g) => g.ksm?.sharedBytes,
  },
];

/** Fills `registry`'s gauges of guests from a status; series of guests that are gone end. */
export function guestGauges(registry: MetricsRegistry): (guests: readonly GuestStatus[]) => void {
  const registers = [registry];
  const figures = GAUGES.map(({ name, help, value }) => ({
    gauge: new Gauge({ name, help, labelNames: [ID], registers }),
    value,
  }));
  const oomKills = new Gauge({
    name: "ballast_guest_oom_kills",
    help: "Programs that the guest's kernel killed because memory ran out, since its boot",
    labelNames: [ID],
    registers,
  });
  const info = new Gauge({
    name: "ballast_guest_info",
    help: "1 for each guest, with where it was found, its state, and why its target is what it is",
    labelNames: [ID, "source", "state", "reason"],
    registers,
  });
  return (guests) => {
    for (const gauge of [oomKills, info, ...figures.map((figure) => figure.gauge)]) gauge.reset();
    for (const guest of guests) {
      const { name: id, source, state, reason } = guest;
      info.set({ id, source, state, reason }, 1);
      if (guest.oomKills !== undefined) oomKills.set({ id }, guest.oomKills);
      for (const { gauge, value } of figures) {
        const figure = value(guest);
        if (figure !== undefined) gauge.set({ id }, figure);
      }
    }
  };
}
