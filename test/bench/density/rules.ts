/** The rules that are compared: what moves the balloons of one host. */
import type { ControllerMaker } from "../../../host/src/simulate/controller.ts";
import { BALLAST } from "../../../host/src/simulate/controllers/ballast.ts";
import { DEFLATE_ON_OOM } from "../../../host/src/simulate/controllers/deflate-on-oom.ts";
import { MOM, MOM_DEFLATE } from "../../../host/src/simulate/controllers/mom.ts";
import { PROXMOX, PROXMOX_DEFLATE } from "../../../host/src/simulate/controllers/proxmox.ts";
import { STATIC_SPLIT } from "../../../host/src/simulate/controllers/static-split.ts";
import type { Scenario } from "../../../host/src/simulate/scenario.ts";
import { testbedDensity } from "../../../host/src/simulate/scenarios/density.ts";
import { NO_AGENT } from "../../../host/src/simulate/scenarios/scenario-builder.ts";

/** One row. */
export interface DensityRule {
  readonly name: string;
  readonly title: string;
  /** The simulator's, which real guests are steered by as well, but for Ballast's own broker. Absent: guests keep all of their memory, on a host without limit. */
  readonly maker?: ControllerMaker;
  /** Whether the real kernel's KSM merges guests' pages; the simulator does not know this. */
  readonly ksm?: true;
  /** Whether no guest has an agent: the balloon's statistics must do. */
  readonly blind?: true;
}

/** All rows, in the order in which they are shown. */
export const DENSITY_RULES: readonly DensityRule[] = [
  { name: "unlimited", title: "no limit: all memory for every guest" },
  { name: "static-split", title: "static split", maker: STATIC_SPLIT },
  { name: "deflate-on-oom", title: "static split, deflate-on-oom", maker: DEFLATE_ON_OOM },
  { name: "proxmox", title: "Proxmox's rule", maker: PROXMOX },
  { name: "proxmox-deflate", title: "Proxmox's rule, deflate-on-oom", maker: PROXMOX_DEFLATE },
  { name: "mom", title: "MOM's rule", maker: MOM },
  { name: "mom-deflate", title: "MOM's rule, deflate-on-oom", maker: MOM_DEFLATE },
  { name: "ballast", title: "**Ballast**", maker: BALLAST },
  { name: "ballast-no-agent", title: "Ballast, no agent in any guest", maker: BALLAST, blind: true },
  { name: "ballast-ksm", title: "**Ballast with KSM**", maker: BALLAST, ksm: true },
];

/** The testbed's guests under a rule. */
export function scenarioUnder({ maker, blind }: DensityRule, guests: number): Scenario {
  const scenario = testbedDensity(guests);
  const change = {
    deflateOnOom: maker?.deflateOnOom === true,
    ...(blind === true && { agent: NO_AGENT }),
  };
  return { ...scenario, guests: scenario.guests.map((plan) => ({ ...plan, ...change })) };
}
