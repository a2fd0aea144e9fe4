/** Why a guest shares or not, in words. */
import type { MergeReason } from "../../model/ksm-status.ts";

export const MERGE_TEXTS: Readonly<Record<MergeReason, string>> = {
  merged: "may share",
  "other-trust": "another trust label shares",
  "no-profit": "its records cost more than it shares",
  "off-as-found": "off as it was started (mem-merge=off)",
  unknown: "its QEMU has not told",
  "shared-memory": "its memory is shared with another process (share=on)",
  hugepages: "its memory is huge pages, which KSM never scans",
  "no-backend": "its QEMU has no memory backend that can be told",
  "not-mergeable": "QEMU says on, but the kernel has none of its memory marked",
};
