/** Versions of the protocol that this build speaks, and how two ends agree on one. */

/** Oldest version that this build speaks. */
export const PROTOCOL_MIN = 1;
/** Newest version that this build speaks. */
export const PROTOCOL_MAX = 1;

/** The version that both ends speak, or none. */
export type Negotiation = { readonly ok: true; readonly version: number } | { readonly ok: false };

/** Picks the newest version that both ends speak; a range turned upside down has none. */
export function negotiate(peerMin: number, peerMax: number): Negotiation {
  const version = Math.min(PROTOCOL_MAX, peerMax);
  return peerMin <= peerMax && version >= Math.max(PROTOCOL_MIN, peerMin)
    ? { ok: true, version }
    : { ok: false };
}
