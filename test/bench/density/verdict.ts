/** How many guests a host carries: what counts as carried, and the search for the most; pure. */

/** More work than this must not be lost, 0…1. */
export const MOST_LOST_SHARE = 0.01;

/** What came of some number of guests. */
export interface Carried {
  readonly guests: number;
  /** Programs killed in guests, and guests that the host would have had to kill. */
  readonly kills: number;
  readonly lostShare: number;
  /** Whether guests held more than the host has. */
  readonly overdrawn: boolean;
}

/** Whether a host carries its guests. */
export function isCarried({ kills, lostShare, overdrawn }: Carried): boolean {
  return kills === 0 && lostShare <= MOST_LOST_SHARE && !overdrawn;
}

/**
 * Tries one number of guests after the other: upwards from `first` until one is not carried, or downwards to one that is. Gives all that
 * was tried. `most` bounds the search, `least` as well.
 */
export async function searchMost(
  first: number,
  { least, most }: { readonly least: number; readonly most: number },
  attempt: (guests: number) => Promise<Carried>,
): Promise<Carried[]> {
  const tried = [await attempt(first)];
  const isUp = tried.every(isCarried);
  const step = isUp ? 1 : -1;
  for (let guests = first + step; guests >= least && guests <= most; guests += step) {
    const last = await attempt(guests);
    tried.push(last);
    if (isCarried(last) !== isUp) break;
  }
  return tried;
}

/** The most that was carried; 0: none. */
export function mostCarried(tried: readonly Carried[]): number {
  return Math.max(0, ...tried.filter(isCarried).map(({ guests }) => guests));
}

/**
 * The most of many guests that are carried, by halving: every `step`th number from `step` to `most`, then each between. What is carried
 * with more guests is taken to be carried with fewer.
 */
export function halveToMost(step: number, most: number, isFine: (guests: number) => boolean): number {
  const coarse = halve(0, Math.floor(most / step), (steps) => isFine(steps * step)) * step;
  return halve(coarse, Math.min(most, coarse + step - 1), isFine);
}

/** The largest whole number from `low`, which is fine, to `high` that is fine. */
function halve(low: number, high: number, isFine: (number: number) => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    if (isFine(middle)) from = middle;
    else to = middle - 1;
  }
  return from;
}
