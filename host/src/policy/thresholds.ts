/** Giving and taking begin at thresholds that are apart, so that giving never provokes taking. */

/** `tight` begins below this share of the budget still unpromised. */
export const TIGHT_BELOW = 0.1;

/** `scarce` begins below this share: less than a third of it, so taking must be quick. */
export const SCARCE_BELOW = 0.03;

/** A regime gets better only with this much more of the budget unpromised than it begins at. */
export const EASE_MARGIN = 0.05;

/** `tight` begins at this host PSI (`some` avg10, percent). */
export const PSI_TIGHT = 5;

/** `scarce` begins at this host PSI: the host's own programs wait a seventh of their time. */
export const PSI_SCARCE = 15;

/** Memory is taken while exposure is more than this multiple of what is spare. */
export const EXPOSURE_TAKE_FACTOR = 2.5;

/** `tight` ends below this multiple. It lies between giving and taking, so that neither provokes the other. */
export const EXPOSURE_EASE_FACTOR = 2;

/** Memory is taken while less than this share of the budget is unpromised. */
export const TAKE_MARGIN = 0.1;

/** Memory is given back while exposure is less than this multiple of what is spare. */
export const EXPOSURE_GIVE_FACTOR = 1.75;

/** Memory is given back only beyond this share of the budget: that share stays unpromised. */
export const GIVE_MARGIN = 0.15;

/** While this share of the budget stays free, a guest in need gets all of its memory back at once. */
export const ROOMY_SHARE = 0.15;
