import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Log } from "../../../../host/src/model/adapters.ts";
import { createManualTargetFile, parseManualTargets } from "../../../../host/src/state/manual-target-file.ts";

describe("the file of hand-held targets", () => {
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

  it("is silently empty before the first hold", () => {
    expect(createManualTargetFile(join(folder, "none.json"), log).load()).toEqual({});
    expect(warnings).toEqual([]);
  });

  it("starts without a file that makes no sense, and says so", () => {
    const path = join(folder, "holds.json");
    writeFileSync(path, "{");
    expect(createManualTargetFile(path, log).load()).toEqual({});
    expect(warnings.length).toBe(1);
  });

  it("warns instead of failing where nothing can be written", () => {
    writeFileSync(join(folder, "file"), "");
    createManualTargetFile(join(folder, "file", "holds.json"), log).save({});
    expect(warnings.length).toBe(1);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("");
  });

  it.each([
    [null],
    [{}],
    [{ format: 2, holds: {} }],
    [{ format: 1, holds: { a: { targetBytes: -1 } } }],
    [{ format: 1, holds: { a: 1 } }],
  ])("refuses %j", (value) => {
    expect(parseManualTargets(value)).toBeUndefined();
  });
});
