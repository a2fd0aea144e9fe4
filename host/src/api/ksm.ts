/** KSM's part of the status, as the control API answers it. */
import { z } from "zod";
import { ADVISOR_MODES } from "../model/ksm.ts";
import { KSM_MODES } from "../model/ksm-settings.ts";
import {
  KSM_REASONS,
  type KsmGuestStatus,
  type KsmStatus,
  MERGE_REASONS,
  type UnmergeProgress,
} from "../model/ksm-status.ts";
import { bytes, count, type Fields, flag, number, text, word } from "./fields.ts";

export const UNMERGE: z.ZodType<UnmergeProgress> = z.looseObject({
  state: word<UnmergeProgress["state"]>(["running", "done", "failed", "stopped"], "how far it is"),
  startBytes: bytes("saved when it began"),
  leftBytes: bytes("still saved"),
  text: text("the state in words"),
} satisfies Fields<UnmergeProgress>);

export const KSM: z.ZodType<KsmStatus> = z
  .looseObject({
    mode: word(KSM_MODES, "the config's"),
    run: count("the kernel's run: 0 off, 1 scans, 2 unmerges"),
    pagesSharing: count("mappings that share a page"),
    savedBytes: bytes("what it saves"),
    pagesShared: count("pages that stand for several"),
    reason: word(KSM_REASONS, "why it does what it does"),
    text: text("the reason in words, with its detail"),
    state: text("harvest, maintain or idle, in the modes that have them").exactOptional(),
    problem: text("why a knob could not be set").exactOptional(),
    pagesToScan: count("pages in one batch"),
    sleepMs: count("pause between batches; ms"),
    advisor: word(ADVISOR_MODES, "the kernel's own control").exactOptional(),
    profitBytes: bytes("savings less KSM's own records").exactOptional(),
    fullScans: count("since the host's boot"),
    fullScanMs: number("how long the last full scan took; ms").exactOptional(),
    cpuPercent: number("of one processor, since the last tick").exactOptional(),
    cpuSecondsTotal: number("ksmd's time since the host's boot; s").exactOptional(),
    savedBytesPerCpuSecond: number("all savings for all of ksmd's time").exactOptional(),
    yieldBytesPerCpuSecond: number(
      "gained in the last full scan for its time; negative when more broke apart",
    ).exactOptional(),
    pressurePercent: number("what KSM is worth to the host now, 0 to 100"),
    unmerge: UNMERGE.exactOptional(),
  } satisfies Fields<KsmStatus>)
  .meta({ id: "Ksm", description: "Kernel samepage merging." });

export const KSM_GUEST: z.ZodType<KsmGuestStatus> = z
  .looseObject({
    merging: flag("its pages are merged"),
    reason: word(MERGE_REASONS, "why, or why not"),
    trust: text("guests of one label share pages"),
    sharedBytes: bytes("of it that is shared").exactOptional(),
    profitBytes: bytes("what sharing it saves; may be negative").exactOptional(),
  } satisfies Fields<KsmGuestStatus>)
  .meta({ id: "KsmGuest", description: "A guest's part in KSM." });
