/** The section `ksm`: which rule controls the kernel's same-page merging, and how much it may scan. */
import { z } from "zod";
import { KSM_MODES, KSMTUNED_FIXES } from "../model/ksm-settings.ts";
import { durationField, oneOf, pathField, trustField } from "./fields.ts";

const SHORTEST_INTERVAL_MS = 100;
const LONGEST_INTERVAL_MS = 600_000;

const percentField = (description: string, example: number) =>
  z
    .number()
    .min(0.1)
    .max(90)
    .meta({ description, examples: [example] });

export const ksmSchema = z.strictObject({
  mode: oneOf(
    KSM_MODES,
    "off and observe leave KSM alone; ksmtuned applies its rule, advisor the kernel's own, adaptive goes by pressure and yield",
  ).default("observe"),
  interval: durationField(
    "Time between two decisions about KSM",
    SHORTEST_INTERVAL_MS,
    LONGEST_INTERVAL_MS,
  ).prefault("5s"),
  minCpuPercent: percentField("Share of one processor for ksmd while memory is ample", 1).default(1),
  maxCpuPercent: percentField("Share of one processor for ksmd while memory is short", 50).default(50),
  trust: trustField(
    "The label that shares where guests have several; else the one with most memory",
  ).optional(),
  folder: pathField("Where the kernel's files are", "/sys/kernel/mm/ksm").prefault("/sys/kernel/mm/ksm"),
  ksmtuned: z
    .strictObject({
      file: pathField(
        "ksmtuned's own config, read in mode ksmtuned; null: its defaults",
        "/etc/ksmtuned.conf",
      )
        .nullable()
        .default(null),
      variant: oneOf(
        ["auto", "debian", "redhat", "proxmox"],
        "Whose defaults and way to find guests; auto: Proxmox's where /etc/pve is, else Debian's",
      ).default("auto"),
      fixes: z
        .array(z.enum(KSMTUNED_FIXES))
        .max(KSMTUNED_FIXES.length)
        .default([])
        .meta({ description: "Known defects of the rule to mend, see docs/ksm.md", examples: [["savings"]] }),
    })
    .prefault({}),
});
