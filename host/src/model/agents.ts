/** A token with which a guest's agent connects over WebSocket. Only the guest knows the token itself. */
export interface AgentToken {
  /** The guest that the token is for. */
  readonly guest: string;
  /** SHA-256 of the token, 64 lower-case hex digits. */
  readonly sha256: string;
}
