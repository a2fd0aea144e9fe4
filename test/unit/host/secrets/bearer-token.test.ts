import { describe, expect, it } from "vitest";
import { bearerToken, findByHash, hashOf } from "../../../../host/src/secrets/bearer-token.ts";

const token = (name: string) => `${name}-`.padEnd(43, "x");

describe("a comparison of hashes", () => {
  it("finds the one entry of a token, and none for another", () => {
    const entries = ["a", "b"].map((name) => ({ name, hash: hashOf(token(name)) }));
    expect(findByHash(entries, hashOf(token("b")))?.name).toBe("b");
    expect(findByHash(entries, hashOf(token("c")))).toBeUndefined();
    expect(findByHash([], hashOf(token("a")))).toBeUndefined();
  });
});

describe("the header of a request", () => {
  it.each([
    [`Bearer ${token("a")}`, token("a")],
    [undefined, undefined],
    ["", undefined],
    ["Bearer ", undefined],
    ["Bearer short", undefined],
    [`Basic ${token("a")}`, undefined],
    [`Bearer ${token("a")} more`, undefined],
    [`Bearer ${"x".repeat(257)}`, undefined],
    [`Bearer ${"x".repeat(40)}\u0000`, undefined],
  ])("%j shows %j", (header, expected) => {
    expect(bearerToken(header)).toBe(expected);
  });
});
