/** What is counted while the broker works: moves and demands. Labels are closed sets, so that no guest can make series. */
import { Counter, Histogram } from "prom-client";
import type { BrokerObserver } from "../model/adapters.ts";
import { DEMAND_OUTCOMES, REASONS } from "../model/plan.ts";
import type { MetricsRegistry } from "./registry.ts";

/** Deciding takes some microseconds a guest; a demand shall be answered within 10 ms. */
const DECISION_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];

/** A tick shall end within 50 ms with a thousand guests; one waits 300 ms for guests that do not answer. */
const TICK_SECONDS = [
  0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5,
  1,
];

/** Counts into `registry` from now on. */
export function countingObserver(registry: MetricsRegistry): BrokerObserver {
  const registers = [registry];
  const moves = new Counter({
    name: "ballast_moves_total",
    help: "Balloon targets that were set, by reason",
    labelNames: ["reason"],
    registers,
  });
  const moved = new Counter({
    name: "ballast_moved_bytes_total",
    help: "Memory that targets took from guests (inflate) and gave them (deflate)",
    labelNames: ["direction"],
    registers,
  });
  const demands = new Counter({
    name: "ballast_demands_total",
    help: "Demands of guests, by how they were answered at once",
    labelNames: ["outcome"],
    registers,
  });
  const decision = new Histogram({
    name: "ballast_demand_decision_seconds",
    help: "Time from a demand's arrival to its answer and the balloon commands",
    buckets: DECISION_SECONDS,
    registers,
  });
  const tick = new Histogram({
    name: "ballast_tick_seconds",
    help: "Time that ticks took: until the guests had answered (observe), to decide and command (decide), both (whole), and how much of that the broker worked and did not wait (work)",
    labelNames: ["step"],
    buckets: TICK_SECONDS,
    registers,
  });
  // A counter that begins at its first event hides that event from rates.
  for (const reason of REASONS) moves.inc({ reason }, 0);
  for (const outcome of DEMAND_OUTCOMES) demands.inc({ outcome }, 0);
  for (const direction of ["inflate", "deflate"]) moved.inc({ direction }, 0);
  return {
    moved: ({ reason, fromBytes, toBytes }) => {
      moves.inc({ reason });
      if (fromBytes === undefined) return;
      const direction = toBytes < fromBytes ? "inflate" : "deflate";
      moved.inc({ direction }, Math.abs(toBytes - fromBytes));
    },
    answered: ({ outcome }, tookMs) => {
      demands.inc({ outcome });
      decision.observe(tookMs / 1000);
    },
    ticked: ({ observeMs, decideMs, workMs }) => {
      tick.observe({ step: "observe" }, observeMs / 1000);
      tick.observe({ step: "decide" }, decideMs / 1000);
      tick.observe({ step: "whole" }, (observeMs + decideMs) / 1000);
      if (workMs !== undefined) tick.observe({ step: "work" }, workMs / 1000);
    },
  };
}
