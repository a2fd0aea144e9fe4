import { describe, expect, it } from "vitest";
import { ProcessSharing } from "../../../../host/src/kernel/process-sharing.ts";

describe("a process behind monitors", () => {
  it("is shared while it stands behind several, and one guest's again afterwards", () => {
    const sharing = new ProcessSharing();
    sharing.note("/a", 1);
    sharing.note("/a", 1);
    expect(sharing.isShared(1)).toBe(false);
    sharing.note("/b", 1);
    expect(sharing.isShared(1)).toBe(true);
    sharing.note("/b", 2);
    expect([1, 2].map((id) => sharing.isShared(id))).toEqual([false, false]);
    sharing.note("/a", 2);
    sharing.forget("/b");
    sharing.forget("/b");
    expect([1, 2, 3].map((id) => sharing.isShared(id))).toEqual([false, false, false]);
  });
});
