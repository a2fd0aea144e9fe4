/** What both ends of a WebSocket between agent and broker must agree on; one binary message is one envelope. */

/** Named in the opening handshake (RFC 6455, 1.9). */
export const SUBPROTOCOL = "ballast.guest.v1";

/** Why a connection is closed; the numbers are of the registry of RFC 6455, 7.4, those from 4000 on are ours. */
export const CLOSE_CODES = {
  /** The sender stops. */
  shutdown: 1001,
  /** Something else than binary messages was sent. */
  unsupported: 1003,
  /** The rules of the session were broken. */
  policy: 1008,
  /** A message above the limit; sent by the library itself. */
  tooLarge: 1009,
  /** A newer agent with a token of the same guest took over. */
  superseded: 4001,
  /** The token is not valid any more. */
  revoked: 4002,
} as const;
export type CloseReason = keyof typeof CLOSE_CODES;

const REASONS = new Map<number, CloseReason>(
  Object.entries(CLOSE_CODES).map(([reason, code]) => [code, reason as CloseReason]),
);

/** The word for a close code; absent for codes of others. */
export function closeReason(code: number): CloseReason | undefined {
  return REASONS.get(code);
}
