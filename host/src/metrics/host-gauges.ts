/** What is told of the host, of KSM and of the broker itself. */
import { Gauge } from "prom-client";
import { REGIMES } from "../model/plan.ts";
import type { Status } from "../model/status.ts";
import type { MetricsRegistry } from "./registry.ts";

interface HostGauge {
  readonly name: string;
  readonly help: string;
  /** Undefined: not known, so there is no series. */
  readonly value: (status: Status) => number | undefined;
}

const MEMORY = "ballast_host_memory";

const GAUGES: readonly HostGauge[] = [
  { name: `${MEMORY}_total_bytes`, help: "The host's ordinary memory", value: ({ host }) => host.totalBytes },
  {
    name: `${MEMORY}_available_bytes`,
    help: "What programs could still use without swapping",
    value: ({ host }) => host.availableBytes,
  },
  {
    name: "ballast_budget_bytes",
    help: "What all managed guests together may use",
    value: ({ host }) => host.budgetBytes,
  },
  {
    name: "ballast_reserve_bytes",
    help: "Kept free of the budget, for demands and for the host",
    value: ({ host }) => host.reserveBytes,
  },
  {
    name: "ballast_charged_bytes",
    help: "What guests count for in the budget",
    value: ({ host }) => host.chargedBytes,
  },
  {
    name: "ballast_free_bytes",
    help: "Budget that may still be promised: what is left beyond charges and reserve",
    value: ({ host }) => host.freeBytes,
  },
  {
    name: "ballast_guests_resident_bytes",
    help: "What the guests' QEMUs hold of the host",
    value: ({ host }) => host.residentBytes,
  },
  {
    name: "ballast_host_pressure_some_ratio",
    help: "Share of the last ten seconds in which some task of the host waited for memory (PSI)",
    value: ({ host }) => (host.psiSomeAvg10 === undefined ? undefined : host.psiSomeAvg10 / 100),
  },
  { name: "ballast_ksm_saved_bytes", help: "Memory that KSM saves", value: ({ ksm }) => ksm?.savedBytes },
  { name: "ballast_ksm_run", help: "The kernel's switch of KSM", value: ({ ksm }) => ksm?.run },
  {
    name: "ballast_ksm_pages_to_scan",
    help: "Pages that KSM scans each time it wakes",
    value: ({ ksm }) => ksm?.pagesToScan,
  },
  {
    name: "ballast_acting",
    help: "1 while balloons are moved, 0 while all are only observed",
    value: ({ mode: configured, guests }) =>
      guests.some(({ mode = configured }) => mode === "act") || (guests.length === 0 && configured === "act")
        ? 1
        : 0,
  },
];

/** Fills `registry`'s gauges of the host from a status. */
export function hostGauges(registry: MetricsRegistry): (status: Status) => void {
  const registers = [registry];
  const figures = GAUGES.map(({ name, help, value }) => ({
    gauge: new Gauge({ name, help, registers }),
    value,
  }));
  const info = new Gauge({
    name: "ballast_build_info",
    help: "1, with the broker's version",
    labelNames: ["version"],
    registers,
  });
  const regime = new Gauge({
    name: "ballast_regime",
    help: "1 for the regime of the host's memory, 0 for the others",
    labelNames: ["regime"],
    registers,
  });
  return (status) => {
    info.set({ version: status.version }, 1);
    regime.reset();
    if (status.host.regime !== undefined)
      for (const one of REGIMES) regime.set({ regime: one }, one === status.host.regime ? 1 : 0);
    for (const { gauge, value } of figures) {
      // A gauge without labels would else stand at 0, which says that it is known.
      gauge.remove();
      const figure = value(status);
      if (figure !== undefined) gauge.set(figure);
    }
  };
}
