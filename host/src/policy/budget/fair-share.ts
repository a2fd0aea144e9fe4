/** A guest's fair share is its part of the budget by shares. */
import { sum } from "../../model/bytes.ts";
import type { GuestNeed } from "../need/assess.ts";
import type { Ledger } from "./ledger.ts";

/** The part of the budget for one share, in bytes. */
export function fairBytesPerShare(ledger: Ledger, guests: readonly GuestNeed[]): number {
  return (
    ledger.budgetBytes /
    Math.max(
      1,
      sum(guests, ({ facts }) => facts.limits.shares),
    )
  );
}
