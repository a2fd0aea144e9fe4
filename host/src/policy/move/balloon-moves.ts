/** Donors are commanded before acceptors, and a balloon that does not begin to move gets its target again. */
import { MIB } from "../../model/bytes.ts";
import type { Move } from "../../model/plan.ts";
import type { ProgressReport } from "../learn/balloon-progress.ts";
import { undriven } from "../need/undriven.ts";
import { reasonOf } from "../reason.ts";
import type { Funded } from "./funding.ts";

/** The balloon commands that carry out what was funded, donors first. */
export function movesOf(funded: readonly Funded[]): Move[] {
  const moves = funded.filter(isMove).map(
    ({ guest, intent, unpaidBytes }): Move => ({
      name: guest.facts.name,
      fromBytes: guest.targetBytes,
      toBytes: intent.targetBytes,
      kind: intent.kind,
      reason: reasonOf(intent.kind, unpaidBytes),
    }),
  );
  return moves.sort((a, b) => a.toBytes - a.fromBytes - (b.toBytes - b.fromBytes));
}

/** Commands that repeat the target of balloons that did not begin to move, unless they get a new target anyway. */
export function repeatsOf(
  funded: readonly Funded[],
  moves: readonly Move[],
  learned: readonly { readonly progress: ProgressReport }[],
): Move[] {
  const moved = new Set(moves.map(({ name }) => name));
  return funded
    .filter(({ guest }, i) => learned[i]?.progress.unacknowledged === true && !moved.has(guest.facts.name))
    .filter(({ guest }) => undriven(guest.facts) === undefined)
    .map(({ guest, intent, unpaidBytes }) => ({
      name: guest.facts.name,
      fromBytes: guest.targetBytes,
      toBytes: guest.targetBytes,
      kind: intent.kind,
      reason: reasonOf(intent.kind, unpaidBytes),
    }));
}

function isMove({ guest, intent }: Funded): boolean {
  const changeBytes = Math.abs(intent.targetBytes - guest.targetBytes);
  return changeBytes >= MIB || (changeBytes > 0 && intent.targetBytes === guest.facts.limits.maxBytes);
}
