/** A summary as another host wrote it: whatever may write to the bucket could have written it. Pure. */
import { z } from "zod";
import type { HostSummary } from "../model/fleet.ts";
import { harmlessText } from "../model/foreign-text.ts";
import { REGIMES } from "../model/plan.ts";

/** Larger values are not read. */
export const LONGEST_SUMMARY_BYTES = 64 * 1024;

const bytes = z.int().min(0);
const name = z
  .string()
  .min(1)
  .max(253)
  .refine((text) => harmlessText(text) === text);
const schema: z.ZodType<HostSummary> = z.object({
  host: name,
  atMs: z.int().min(0),
  version: z.string().max(64).transform(harmlessText),
  mode: z.enum(["observe", "act"]),
  regime: z.enum(REGIMES).exactOptional(),
  budgetBytes: bytes.exactOptional(),
  chargedBytes: bytes.exactOptional(),
  freeBytes: bytes.exactOptional(),
  lendableBytes: bytes,
  owedBytes: bytes,
  shortForMs: bytes.exactOptional(),
  guestCount: bytes,
  guests: z.array(z.object({ name, floorBytes: bytes, maxBytes: bytes, isPinned: z.boolean() })).max(1000),
});

/** Undefined: it is no summary. */
export function readSummary(untrusted: Uint8Array): HostSummary | undefined {
  if (untrusted.length > LONGEST_SUMMARY_BYTES) return undefined;
  try {
    const read = schema.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(untrusted)));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
