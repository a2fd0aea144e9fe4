/** All baselines, in the order of the tables. */
import type { ControllerMaker } from "../controller.ts";
import { CLAIRVOYANT } from "./clairvoyant.ts";
import { DEFLATE_ON_OOM } from "./deflate-on-oom.ts";
import { MOM, MOM_DEFLATE } from "./mom.ts";
import { PROXMOX, PROXMOX_DEFLATE } from "./proxmox.ts";
import { QMEMMAN } from "./qmemman.ts";
import { SQUEEZED } from "./squeezed.ts";
import { STATIC_SPLIT } from "./static-split.ts";

/** From no controller to the clairvoyant. */
export const BASELINES: readonly ControllerMaker[] = [
  STATIC_SPLIT,
  DEFLATE_ON_OOM,
  PROXMOX,
  PROXMOX_DEFLATE,
  MOM,
  MOM_DEFLATE,
  SQUEEZED,
  QMEMMAN,
  CLAIRVOYANT,
];
