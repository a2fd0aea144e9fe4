/** Tokens as they are sent and compared. The time that a comparison takes tells nothing about how near a guess was. */
import { createHash, timingSafeEqual } from "node:crypto";

/** The form of a token: what `ballast agent token` makes; longer ones are accepted too. */
const FORM = "[A-Za-z0-9_-]{32,256}";
const TOKEN = new RegExp(`^${FORM}$`);
const HEADER = new RegExp(`^Bearer (${FORM})$`);

export function isToken(untrustedText: string): boolean {
  return TOKEN.test(untrustedText);
}

/** Takes the token from an `Authorization` header (RFC 6750, 2.1). Undefined: there is none of a valid form. */
export function bearerToken(untrustedHeader: string | undefined): string | undefined {
  return untrustedHeader === undefined ? undefined : HEADER.exec(untrustedHeader)?.[1];
}

/** SHA-256: hashes of all tokens are equally long, and a guess cannot be steered towards one. */
export function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Which of `entries` has this hash. Compares with every one, whether or not it was already found. */
export function findByHash<T extends { readonly hash: Buffer }>(
  entries: readonly T[],
  hash: Buffer,
): T | undefined {
  let found: T | undefined;
  for (const entry of entries) if (timingSafeEqual(entry.hash, hash)) found = entry;
  return found;
}
