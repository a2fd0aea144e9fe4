/** Which guest a token speaks for. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { TokenVerifier } from "../../../../../host/src/agents/websocket/token-verifier.ts";

const token = (name: string) => `${name}-`.padEnd(43, "x");
const entry = (guest: string, name: string) => ({
  guest,
  sha256: createHash("sha256").update(token(name)).digest("hex"),
});

describe("the book of tokens", () => {
  const book = new TokenVerifier([entry("web1", "old"), entry("web1", "new"), entry("db1", "other")]);

  it("knows each of a guest's tokens, and no other", () => {
    expect(["old", "new", "other", "none"].map((name) => book.find(token(name))?.guest)).toEqual([
      "web1",
      "web1",
      "db1",
      undefined,
    ]);
  });

  it("holds a token only for the guest that it was found for", () => {
    expect(book.holds(entry("web1", "old"))).toBe(true);
    expect(book.holds(entry("db1", "old"))).toBe(false);
    expect(new TokenVerifier([entry("web1", "new")]).holds(entry("web1", "old"))).toBe(false);
  });
});
