/** Texts for what the broker does and finds. */
import { formatMib } from "../model/bytes.ts";
import type { GuestDemand, Inhibition } from "../model/guest.ts";
import type { DemandAnswer, Move, Reason } from "../model/plan.ts";

/** A time for people: `45 s`, `10 min`, `3 h`. */
export function formatSpan(spanMs: number): string {
  const seconds = Math.round(spanMs / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** One move in words. */
export function moveText(move: Pick<Move, "toBytes" | "reason"> & { readonly fromBytes?: number }): string {
  if (move.fromBytes === undefined) return `target set to ${formatMib(move.toBytes)} (${move.reason})`;
  const changeBytes = move.toBytes - move.fromBytes;
  const verb = changeBytes > 0 ? "given" : "taken";
  const change = formatMib(Math.abs(changeBytes));
  return `${change} ${verb}: ${formatMib(move.fromBytes)} -> ${formatMib(move.toBytes)} (${move.reason})`;
}

/** A demand and its answer in words. */
export function demandText({ needBytes, level }: GuestDemand, answer: DemandAnswer): string {
  const demanded = `demanded ${formatMib(needBytes)} more (pressure ${level})`;
  const target = `its target is ${formatMib(answer.targetBytes)}`;
  if (answer.outcome === "granted") {
    const has = answer.grantedBytes === 0 ? "it has that already" : `gets ${formatMib(answer.grantedBytes)}`;
    return `${demanded}: ${has}, ${target}`;
  }
  if (answer.outcome === "partial")
    return `${demanded}: gets ${formatMib(answer.grantedBytes)} now, ${target}; the rest is being taken from others`;
  return `${demanded}: refused, ${REFUSALS[answer.reason] ?? `the reason is ${answer.reason}`}`;
}

const REFUSALS: Partial<Record<Reason, string>> = {
  "demand-refused": "it is already at its maximum",
  "host-short": "memory is short and the host cannot see that it needs more than its share",
  "demand-partial": "the budget has nothing left; memory is being taken from others",
  "observe-only": "it is only observed",
  excluded: "it is left alone",
  "no-information": "its size is not known yet",
  inhibited: "its QEMU cannot be reached",
  "other-controller": "another program moves its balloon",
};

/** What an inhibition means for the admin. */
export interface InhibitionText {
  /** A lasting inhibition needs the admin; a passing one ends by itself. */
  readonly lasting: boolean;
  readonly text: string;
}

/** Undefined: shown in another way. */
export const INHIBITION_TEXTS: Readonly<Partial<Record<Inhibition, InhibitionText>>> = {
  "no-balloon-device": {
    lasting: true,
    text: "it has no balloon, so its size cannot be changed; start it with -device virtio-balloon-pci",
  },
  "no-balloon-driver": {
    lasting: true,
    text: "no balloon driver answers inside, so nothing is taken from it; load virtio_balloon in the guest",
  },
  vfio: {
    lasting: true,
    text: "it has a passed-through device, which pins its memory: nothing is taken from it",
  },
  hugepages: {
    lasting: true,
    text: "its memory is huge pages, of which a balloon frees none: nothing is taken from it",
  },
  "locked-memory": {
    lasting: true,
    text: "its memory is locked or encrypted, so a balloon frees none: nothing is taken from it",
  },
  "virtio-mem": {
    lasting: true,
    text: "it has a virtio-mem device, whose memory its balloon does not count: nothing is taken from it",
  },
  "memory-hotplug": {
    lasting: false,
    text: "memory was plugged or unplugged a moment ago: nothing is taken from it meanwhile",
  },
  backup: { lasting: false, text: "its disks are being backed up: nothing is taken from it meanwhile" },
  "shut-down": {
    lasting: false,
    text: "it has shut down, and its QEMU is still there: its balloon cannot move",
  },
  paused: { lasting: false, text: "it is paused: its balloon cannot move" },
  migrating: { lasting: false, text: "it is migrating: nothing is taken from it meanwhile" },
  postcopy: { lasting: false, text: "it is migrating (post-copy): nothing is taken from it meanwhile" },
  "background-snapshot": {
    lasting: false,
    text: "a background snapshot is being made: nothing is taken from it meanwhile",
  },
};
