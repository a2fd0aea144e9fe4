import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { deadBandBytes } from "../../../../host/src/policy/dead-band.ts";

describe("the smallest move of a balloon", () => {
  it("is 8 MiB: less frees too little for the work on the guest's page tables", () => {
    expect(deadBandBytes(512 * MIB)).toBe(8 * MIB);
  });

  it("is a quarter of a percent of a large guest, whose use wavers by more", () => {
    expect(deadBandBytes(16_000 * MIB)).toBe(40 * MIB);
  });
});
