import { sum } from "../../model/bytes.ts";
import type { GuestNeed } from "../need/assess.ts";
import type { Ledger } from "./ledger.ts";

/** What the budget comes to for one share. */
export function fairBytesPerShare(ledger: Ledger, guests: readonly GuestNeed[]): number {
  return (
    ledger.budgetBytes /
    Math.max(
      1,
      sum(guests, ({ facts }) => facts.limits.shares),
    )
  );
}
