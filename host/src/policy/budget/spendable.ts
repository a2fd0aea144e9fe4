/** Ordinary giving spends what is free; a guest in need may also spend the part of the reserve for emergencies. */
import { emergencyBytes, type Ledger } from "./ledger.ts";

/** What may be promised now, in bytes. The three amounts overlap: what is spent of one is spent of all. */
export interface Spendable {
  /** For any guest. */
  readonly freeBytes: number;
  /** For a guest in need: includes the part of the reserve that is kept for emergencies. */
  readonly forNeedBytes: number;
  /** For a guest that is failing: includes what other guests are only expected to draw. */
  readonly forCriticalBytes: number;
}

/** What may be promised now. */
export function spendable(ledger: Ledger): Spendable {
  const reserved = emergencyBytes(ledger);
  const spare = ledger.hostSpareBytes - (ledger.reserveBytes - reserved);
  const upTo = (bytes: number) => Math.max(0, Math.floor(Math.min(bytes, spare) - ledger.uncoveredBytes));
  return {
    freeBytes: ledger.freeBytes,
    forNeedBytes: upTo(ledger.balanceBytes + reserved),
    forCriticalBytes: upTo(ledger.balanceBytes + reserved + ledger.drawBytes),
  };
}
