/** A token with which a guest's agent may speak over WebSocket; the token itself is known to the guest alone. */
export interface AgentToken {
  /** The guest that it speaks for. */
  readonly guest: string;
  /** SHA-256 of the token, 64 lower-case hex digits. */
  readonly sha256: string;
}
