import { describe, expect, it } from "vitest";
import { GIB } from "../../../../../host/src/model/bytes.ts";
import { checkUnmerge } from "../../../../../host/src/policy/ksm/unmerge.ts";

describe("taking all merged pages apart", () => {
  it("needs what was shared, a fifth more for guests that grow meanwhile, and the host's reserve", () => {
    const neededBytes = 12 * GIB + GIB;
    expect(checkUnmerge(10 * GIB, 20 * GIB, GIB)).toEqual({
      ...{ fits: true, savedBytes: 10 * GIB, neededBytes, availableBytes: 20 * GIB },
    });
    expect(checkUnmerge(10 * GIB, neededBytes, GIB).fits).toBe(true);
    expect(checkUnmerge(10 * GIB, neededBytes - 1, GIB).fits).toBe(false);
  });

  it("needs nothing but the reserve where nothing is shared", () => {
    expect(checkUnmerge(0, GIB, GIB)).toMatchObject({ fits: true, neededBytes: GIB });
  });
});
