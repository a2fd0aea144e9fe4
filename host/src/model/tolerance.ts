/**
 * How far two figures of one guest's memory may differ before one of them is not believed. All tolerances stand here: what is passed at one
 * place must not be refused at the next.
 */
import { MIB } from "./bytes.ts";

/**
 * Within one report, and between it and the size that QEMU tells: the figures were read at slightly different moments, and a balloon moves
 * at about 1.6 GB/s.
 */
export const REPORT_TOLERANCE_BYTES = 16 * MIB;

/** A kernel counts watermarks and other pages as used that it never touched, and a driver keeps pages: some tens of MiB in any guest. */
const LEAST_BYTES = 64 * MIB;
/** Page tables and `struct page` grow with the guest: 1.6 % of its memory, more with small pages and many processes. */
const SHARE = 0.04;

/** Between what a guest tells and what the host sees of it: its balloon's size, and what its process holds. */
export function sightToleranceBytes(guestBytes: number): number {
  return Math.max(LEAST_BYTES, guestBytes * SHARE);
}
