/** Sums up runs and compares Ballast with the other controllers. */
import { sum } from "../model/bytes.ts";
import type { ControllerMaker } from "./controller.ts";
import { BALLAST } from "./controllers/ballast.ts";
import { BASELINES } from "./controllers/catalogue.ts";
import { CLAIRVOYANT } from "./controllers/clairvoyant.ts";
import type { Run } from "./run.ts";

/** Ballast, the baselines from doing nothing on, and the clairvoyant as the bound. */
export const CONTROLLERS: readonly ControllerMaker[] = [BALLAST, ...BASELINES];

/** A smaller difference does not count: share of work, and share of what is lent. */
const SAME_LOST = 0.002;
const SAME_LENT = 0.01;

/** A controller's result in one scenario, over one run or several. */
export interface Figures {
  readonly controller: string;
  /** Programs killed in guests, and guests killed by the host, in all runs together. */
  readonly kills: number;
  readonly hostKills: number;
  /** Averages over the runs from here on. Share of the work that was lost, 0…1. */
  readonly lostShare: number;
  /** Needed and had beyond the static split. */
  readonly lentBytes: number;
  readonly reversals: number;
  readonly commands: number;
  readonly hostShortMs: number;
}

/** How one controller compares with another. */
export type Standing = "better" | "equal" | "worse";

/** A controller's figures, with their comparison to the others'. */
export interface Row extends Figures {
  /** Lent, as a share of what the clairvoyant lent; absent: it did not run or had nothing to lend. */
  readonly ofClairvoyantShare?: number;
  /** Ballast against this controller; absent for itself, the clairvoyant, and where Ballast did not run. */
  readonly ballastIs?: Standing;
}

/** Sums up one controller's runs of one scenario; at least one. */
export function figuresOf(controller: string, runs: readonly Run[]): Figures {
  const mean = (of: (run: Run) => number) => sum(runs, of) / runs.length;
  return {
    controller,
    kills: sum(runs, ({ outcome }) => outcome.kills),
    hostKills: sum(runs, ({ outcome }) => outcome.hostKills),
    lostShare: mean(({ lostShare }) => lostShare),
    lentBytes: Math.round(mean(({ outcome }) => outcome.lentBytes)),
    reversals: Math.round(mean(({ outcome }) => outcome.reversals)),
    commands: Math.round(mean(({ outcome }) => outcome.commands)),
    hostShortMs: Math.round(mean(({ outcome }) => outcome.hostShortMs)),
  };
}

/** Kills come first, then work, then memory; small differences count as none. */
export function standing(ours: Figures, theirs: Figures): Standing {
  if (ours.kills !== theirs.kills) return ours.kills < theirs.kills ? "better" : "worse";
  const lost = theirs.lostShare - ours.lostShare;
  if (Math.abs(lost) > SAME_LOST) return lost > 0 ? "better" : "worse";
  const lent = ours.lentBytes - theirs.lentBytes;
  if (Math.abs(lent) <= SAME_LENT * Math.max(ours.lentBytes, theirs.lentBytes)) return "equal";
  return lent > 0 ? "better" : "worse";
}

/** Compares the figures of one scenario. */
export function judge(all: readonly Figures[]): Row[] {
  const ballast = all.find(({ controller }) => controller === BALLAST.name);
  const most = all.find(({ controller }) => controller === CLAIRVOYANT.name)?.lentBytes ?? 0;
  return all.map((figures) => {
    const isRival = figures !== ballast && figures.controller !== CLAIRVOYANT.name;
    return {
      ...figures,
      ...(most > 0 && { ofClairvoyantShare: figures.lentBytes / most }),
      ...(ballast !== undefined && isRival && { ballastIs: standing(ballast, figures) }),
    };
  });
}
