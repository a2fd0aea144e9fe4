/** Which guest a token belongs to. Only hashes are known here. */
import type { AgentToken } from "../../model/agents.ts";
import { findByHash, hashOf } from "../../secrets/bearer-token.ts";

export class TokenVerifier {
  readonly #entries: readonly { readonly token: AgentToken; readonly hash: Buffer }[];

  constructor(tokens: readonly AgentToken[]) {
    this.#entries = tokens.map((token) => ({ token, hash: Buffer.from(token.sha256, "hex") }));
  }

  get size(): number {
    return this.#entries.length;
  }

  find(untrustedToken: string): AgentToken | undefined {
    return findByHash(this.#entries, hashOf(untrustedToken))?.token;
  }

  /** Whether a token that was accepted before is still valid for the same guest. */
  holds({ guest, sha256 }: AgentToken): boolean {
    return this.#entries.some(({ token }) => token.sha256 === sha256 && token.guest === guest);
  }
}
