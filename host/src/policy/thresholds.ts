/** Shares of the budget still unpromised at which a regime is entered. */
export const TIGHT_BELOW = 0.1;

/** Less than a third of that: taking must be quick now. */
export const SCARCE_BELOW = 0.03;

/** To be left again there must be this much more, for this long. */
export const EASE_MARGIN = 0.05;

/** Host PSI `some` avg10, percent. */
export const PSI_TIGHT = 5;

/** Three times as much: the host's own programs wait a seventh of their time. */
export const PSI_SCARCE = 15;

/** What guests could take unasked may be so many times what there is for it; to be eased it must be less. */
export const EXPOSURE_TAKE_FACTOR = 2.5;

/** Between giving and taking, so that neither provokes the other. */
export const EXPOSURE_EASE_FACTOR = 2;

/** Memory is taken while less than this share of the budget stays unpromised. */
export const TAKE_MARGIN = 0.1;

/** Memory is given back while guests could take less than so many times what there is. */
export const EXPOSURE_GIVE_FACTOR = 1.75;

/** Memory is given back while this share of the budget stays unpromised. */
export const GIVE_MARGIN = 0.15;

/** While this share of the budget stays free, a guest in need gets all of its memory back at once. */
export const ROOMY_SHARE = 0.15;
