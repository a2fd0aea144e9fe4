/** The JSON schema of what each command prints with `--json`, made from the definitions that its answers are checked by. */
import { z } from "zod";
import { EXPLANATION, GUEST_INFO } from "../../api/explanation.ts";
import { UNMERGE } from "../../api/ksm.ts";
import { DONE } from "../../api/operations.ts";
import { FEED_LINE, GUEST_HISTORY, HISTORY_REPORT, HISTORY_STEP } from "../../api/past.ts";
import { KSM_REPORT, STATUS } from "../../api/status.ts";
import {
  CHECK,
  FLEET,
  FLEET_ADVICE,
  ISSUED_TOKEN,
  KSM_REPAIR,
  LIBVIRT_SETUP,
  PROXMOX_SETUP,
  QEMU_SETUP,
  REVOKED_TOKENS,
  SIMULATION,
  SIMULATIONS,
  TOKENS,
} from "./outputs.ts";

/** By the words of the command. Where it prints one of several, the options say which. */
const OUTPUTS: Readonly<Record<string, z.ZodType>> = {
  status: STATUS,
  explain: z.union([EXPLANATION, GUEST_HISTORY]),
  info: GUEST_INFO,
  top: HISTORY_STEP,
  balloon: DONE,
  act: DONE,
  observe: DONE,
  follow: DONE,
  history: GUEST_HISTORY,
  report: HISTORY_REPORT,
  // One on each line.
  events: FEED_LINE,
  ksm: z.union([KSM_REPORT, DONE, UNMERGE, KSM_REPAIR]),
  check: CHECK,
  simulate: z.union([SIMULATION, SIMULATIONS]),
  fleet: FLEET,
  "fleet advise": FLEET_ADVICE,
  "agent token": ISSUED_TOKEN,
  "agent tokens": TOKENS,
  "agent revoke": REVOKED_TOKENS,
  "setup proxmox": PROXMOX_SETUP,
  "setup libvirt": LIBVIRT_SETUP,
  "setup qemu": QEMU_SETUP,
};

/** Commands that have one, in the order of the help. */
export const SCHEMA_COMMANDS: readonly string[] = Object.keys(OUTPUTS);

/** Draft 2020-12. Undefined: the command prints no JSON. */
export function outputSchema(command: string): object | undefined {
  const output = OUTPUTS[command];
  // A word is checked by code, and its type stands in the schema by hand.
  return output && z.toJSONSchema(output, { io: "input", unrepresentable: "any" });
}
