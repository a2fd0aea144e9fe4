/** KSM's counters under `/sys/kernel/mm/ksm` (Documentation/admin-guide/mm/ksm.rst); pure. */
import type { KsmFacts } from "../../model/host.ts";

/** Files read; `ksm_zero_pages` is missing on older kernels. */
export const KSM_FILES = ["run", "pages_sharing", "pages_shared", "ksm_zero_pages"] as const;
export type KsmTexts = Readonly<Partial<Record<(typeof KSM_FILES)[number], string>>>;

/** Puts the files' texts together; `undefined` without KSM. Zero pages are saved too but not counted in `pages_sharing`. */
export function parseKsm(texts: KsmTexts, pageBytes: number): KsmFacts | undefined {
  const run = count(texts.run);
  const pagesSharing = count(texts.pages_sharing);
  const pagesShared = count(texts.pages_shared);
  if (run === undefined || pagesSharing === undefined || pagesShared === undefined) return undefined;
  const zeroBytes = (count(texts.ksm_zero_pages) ?? 0) * pageBytes;
  const savedBytes = pagesSharing * pageBytes + zeroBytes;
  return { run, pagesSharing, pagesShared, savedBytes, ...(zeroBytes > 0 && { zeroBytes }) };
}

function count(text: string | undefined): number | undefined {
  const digits = /^\d+/.exec(text?.trim() ?? "");
  return digits === null ? undefined : Number(digits[0]);
}
