import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStallTrigger } from "../../../../guest/src/native/stall-trigger.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

describe("a stall trigger", () => {
  it("is absent where the kernel has no pressure file", () => {
    expect(openStallTrigger("/nonexistent")).toBeUndefined();
  });

  it("never writes to a recorded tree", () => {
    const root = socketFolder();
    mkdirSync(join(root, "pressure"));
    const file = join(root, "pressure/memory");
    writeFileSync(file, "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
    expect(openStallTrigger(root)).toBeUndefined();
    expect(readFileSync(file, "utf8")).toContain("total=1");
  });
});
