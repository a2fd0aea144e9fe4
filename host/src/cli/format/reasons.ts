/** One sentence for each reason that a target can have; docs/reasons.md says more. */
import type { Inhibition } from "../../model/guest.ts";
import type { Reason } from "../../model/plan.ts";

export const REASON_TEXTS: Readonly<Record<Reason, string>> = {
  steady: "The guest has what it needs, and nothing has to change.",
  "give-back": "The host has memory to spare, so the guest gets back what was lent to others.",
  "give-to-floor": "The guest has less than it really needs, so it is given memory at once.",
  demand: "The guest demanded memory and gets all of it.",
  "demand-partial":
    "The guest demanded memory and gets what there is; the rest is being reclaimed from others.",
  "demand-refused": "The guest demanded memory, but nothing can be given now.",
  "take-idle": "The host's memory gets tight, so memory that the guest does not use is lent to others.",
  "take-to-floor": "The host's memory is scarce, so the guest is brought down to what it really needs.",
  "take-to-guarantee":
    "The host is about to run out, so the guest is brought down towards its guaranteed minimum.",
  manual: "An admin set this target.",
  "other-controller": "Another program moves this balloon, so Ballast leaves it alone.",
  "observe-only": "The guest is only observed: ballast act lets the broker move its balloon.",
  excluded:
    "The guest is left alone: it has 0 shares, or its platform balances it, or its balloon would free nothing.",
  inhibited: "The balloon must not or cannot be moved now.",
  "no-information": "Nothing is known of the guest's memory, so nothing is taken from it.",
  "stale-report": "What is known of the guest's memory is too old, so nothing is taken from it.",
  "dead-band": "The change would be too small to be worth it.",
  "hold-after-demand": "The guest demanded memory a short while ago, so nothing is taken from it yet.",
  "hold-after-turn": "The balloon moved the other way a short while ago, so it rests for now.",
  "hold-under-pressure": "The guest is short of memory, so nothing is taken from it.",
  "hold-while-growing": "The guest's use is growing, so nothing is taken from it meanwhile.",
  "hold-cache-filling":
    "The guest is filling its cache, so nothing is taken until it is known what the cache is worth.",
  "hold-agent-lost": "The agent went silent, so nothing is taken from the guest.",
  stuck: "The balloon does not move, so it is left where it is and tried again later.",
  ineffective: "The balloon moved but the host gained nothing, so taking more is pointless for now.",
  "host-short": "The guest should get memory, but the host has none to give yet.",
  reset: "The guest was reset, so it got all of its memory back for its boot.",
  "size-unknown":
    "QEMU still reports the size from before a reboot, so the balloon was nudged to refresh it.",
};

/** What `inhibited` means, by the first inhibition of its detail. */
export const INHIBITED_TEXTS: Readonly<Record<Inhibition, string>> = {
  unreachable: "QEMU cannot be asked or told anything, so the guest stays as it is.",
  "no-balloon-device": "The guest has no balloon, so its size cannot be changed.",
  "no-balloon-driver": "No balloon driver answers in the guest, so nothing is taken from it.",
  booting: "The guest is booting, so nothing is taken from it yet.",
  "shut-down": "The guest has shut down, and its QEMU is still there.",
  paused: "The guest is paused, so nothing is taken from it.",
  migrating: "The guest is migrating, so nothing is taken from it meanwhile.",
  postcopy: "The guest is migrating (post-copy), so nothing is taken from it meanwhile.",
  "background-snapshot": "A background snapshot is being made, so nothing is taken from the guest meanwhile.",
  vfio: "The guest has a passed-through device, which pins its memory, so taking would gain nothing.",
  hugepages: "The guest's memory is huge pages, of which a balloon frees none, so taking would gain nothing.",
  "locked-memory": "The guest's memory is locked or encrypted, so taking would gain nothing.",
  "virtio-mem":
    "The guest has a virtio-mem device, whose memory the balloon does not count, so nothing is taken from it.",
  "platform-lock": "The guest's platform has locked it, so nothing is taken from it meanwhile.",
  backup: "The guest's disks are being backed up, so nothing is taken from it meanwhile.",
  "memory-hotplug": "Memory was plugged or unplugged a moment ago, so nothing is taken from the guest yet.",
};
