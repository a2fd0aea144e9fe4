import { emergencyBytes, type Ledger } from "./ledger.ts";

/** A purse that pays once. */
export interface Spendable {
  readonly freeBytes: number;
  /** Includes the part of the reserve that is kept for emergencies. */
  readonly forNeedBytes: number;
  /** Includes what others are expected to draw: for a guest that would fail, before others perhaps grow. */
  readonly forCriticalBytes: number;
}

/** What may be promised now: to anyone, and to those in need. */
export function spendable(ledger: Ledger): Spendable {
  const reserved = emergencyBytes(ledger);
  const room = ledger.hostSpareBytes - (ledger.reserveBytes - reserved);
  const upTo = (bytes: number) => Math.max(0, Math.floor(Math.min(bytes, room) - ledger.uncoveredBytes));
  return {
    freeBytes: ledger.freeBytes,
    forNeedBytes: upTo(ledger.balanceBytes + reserved),
    forCriticalBytes: upTo(ledger.balanceBytes + reserved + ledger.drawBytes),
  };
}
