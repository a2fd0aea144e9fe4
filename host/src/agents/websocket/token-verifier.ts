/** Which guest a token belongs to. Only hashes are known here, and the time taken tells nothing about how near a guess was. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { AgentToken } from "../../model/agents.ts";

/** The form of a token: what `ballast agent token` makes; longer ones are accepted too. */
const TOKEN = /^Bearer ([A-Za-z0-9_-]{32,256})$/;

/** Takes the token from an `Authorization` header (RFC 6750, 2.1). Undefined: there is none of a valid form. */
export function bearerToken(untrustedHeader: string | undefined): string | undefined {
  return untrustedHeader === undefined ? undefined : TOKEN.exec(untrustedHeader)?.[1];
}

export class TokenVerifier {
  readonly #entries: readonly { readonly token: AgentToken; readonly hash: Buffer }[];

  constructor(tokens: readonly AgentToken[]) {
    this.#entries = tokens.map((token) => ({ token, hash: Buffer.from(token.sha256, "hex") }));
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Compares with every hash, whether or not one was already found. */
  find(untrustedToken: string): AgentToken | undefined {
    const hash = createHash("sha256").update(untrustedToken).digest();
    let found: AgentToken | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.hash, hash)) found = entry.token;
    return found;
  }

  /** Whether a token that was accepted before is still valid for the same guest. */
  holds({ guest, sha256 }: AgentToken): boolean {
    return this.#entries.some(({ token }) => token.sha256 === sha256 && token.guest === guest);
  }
}
