/** All named scenarios, in the order in which they are shown. */
import type { ScenarioMaker } from "../scenario.ts";
import { BOOT_STORM, CI_BURST, ROLLING_REBOOT, THUNDERING_HERD } from "./bursts.ts";
import { DATABASE, IDLE_DAY, ZFS } from "./caches.ts";
import { AGENT_LOSS, BROKEN_BALLOONS, HOST_SURGE, KSM_BREAKUP, KSM_DENSE } from "./faults.ts";
import { RESERVED_MEMORY, SILENT_SWAP } from "./hidden-use.ts";
import { BATCH_RAMP, MEMORY_LEAK, NIGHTLY_BURST } from "./jobs.ts";
import { LIAR_AND_HOARDER, NO_AGENTS, WINDOWS_BESIDE_LINUX, WINDOWS_DESKTOPS } from "./mixed.ts";
import { DIURNAL_WEB, FLAPPING } from "./web.ts";
import { BIG_HOST, HOME_LAB } from "./whole-hosts.ts";

export const SCENARIOS: readonly ScenarioMaker[] = [
  DIURNAL_WEB,
  CI_BURST,
  DATABASE,
  BATCH_RAMP,
  MEMORY_LEAK,
  BOOT_STORM,
  THUNDERING_HERD,
  WINDOWS_BESIDE_LINUX,
  ZFS,
  LIAR_AND_HOARDER,
  FLAPPING,
  HOST_SURGE,
  IDLE_DAY,
  AGENT_LOSS,
  BROKEN_BALLOONS,
  KSM_BREAKUP,
  KSM_DENSE,
  ROLLING_REBOOT,
  NO_AGENTS,
  WINDOWS_DESKTOPS,
  RESERVED_MEMORY,
  SILENT_SWAP,
  HOME_LAB,
  BIG_HOST,
  NIGHTLY_BURST,
];

/** The scenario of that name. */
export function scenarioNamed(name: string): ScenarioMaker | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name);
}
