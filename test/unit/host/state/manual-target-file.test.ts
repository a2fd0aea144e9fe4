import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Log } from "../../../../host/src/model/adapters.ts";
import { ManualTargetStoreError } from "../../../../host/src/model/manual-targets.ts";
import { createManualTargetFile, parseManualTargets } from "../../../../host/src/state/manual-target-file.ts";

describe("the file of manual targets", () => {
  let folder: string;
  let warnings: string[];
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: (_fields, text) => void warnings.push(text),
    error: () => {},
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ballast-holds-"));
    warnings = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("gives back what it was given, in a folder that it makes", () => {
    const path = join(folder, "state", "holds.json");
    const holds = { web1: { targetBytes: 5 }, db1: { targetBytes: 6, untilWallMs: 7 } };
    createManualTargetFile(path, log).save(holds);
    expect(createManualTargetFile(path, log).load()).toEqual(holds);
  });

  it("is silently empty before the first target", () => {
    expect(createManualTargetFile(join(folder, "none.json"), log).load()).toEqual({});
    expect(warnings).toEqual([]);
  });

  it("starts without a file that makes no sense, and says so", () => {
    const path = join(folder, "holds.json");
    writeFileSync(path, "{");
    expect(createManualTargetFile(path, log).load()).toEqual({});
    expect(warnings.length).toBe(1);
  });

  it("keeps what it had and throws a typed error with its cause when the disk is full", () => {
    const path = join(folder, "holds.json");
    const store = createManualTargetFile(path, log);
    store.save({ web1: { targetBytes: 5 } });
    // Each write to this device fails with ENOSPC.
    symlinkSync("/dev/full", `${path}.new`);
    expect(() => store.save({})).toThrow(ManualTargetStoreError);
    expect(() => store.save({})).toThrow(
      expect.objectContaining({
        code: "MANUAL_TARGETS_NOT_KEPT",
        message: expect.stringMatching(/holds\.json \(ENOSPC.*make room there, or set state/),
        cause: expect.objectContaining({ code: "ENOSPC" }),
      }),
    );
    expect(store.load()).toEqual({ web1: { targetBytes: 5 } });
  });

  it.each([
    [null],
    [{}],
    [{ format: 2, holds: {} }],
    [{ format: 1, holds: { a: { targetBytes: -1 } } }],
    [{ format: 1, holds: { a: 1 } }],
    [{ format: 1, holds: { "a  managed\u202e": { targetBytes: 1 } } }],
  ])("refuses %j", (value) => {
    expect(parseManualTargets(value)).toBeUndefined();
  });
});
